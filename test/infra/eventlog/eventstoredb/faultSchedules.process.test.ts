import { it } from "@effect/vitest"
import { faultSchedules, liveOn, streams } from "./faultSchedules.ts"
import { mishaps } from "./mishaps.ts"

faultSchedules(12)

it.live(
  "each thing that can go wrong comes to something, and everything is written and delivered once",
  () =>
    liveOn(
      { nodes: 3 },
      mishaps(3).map((mishap, n) => ({
        mishaps: [mishap],
        writes: [{ stream: n % streams, events: 3, wanted: true }],
      })),
      "one by one",
    ),
  180_000,
)
