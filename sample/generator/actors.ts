import type { Actor, Scene } from "./Actor.ts"
import { botnet } from "./actors/botnet.ts"
import { hammer } from "./actors/hammer.ts"
import { oneShot } from "./actors/oneShot.ts"
import { prober } from "./actors/prober.ts"
import { returning } from "./actors/returning.ts"
import { scanner } from "./actors/scanner.ts"
import { screenBrute } from "./actors/screenBrute.ts"
import { spray } from "./actors/spray.ts"
import { worm } from "./actors/worm.ts"

/** Everybody who attacks this fleet. The shares are what makes the statistics of the whole. */
export const actorsOf = (scene: Scene, deckies: number): ReadonlyArray<Actor> => {
  const botnets = Math.round(3 + Math.sqrt(scene.captures) / 40)
  const hammers = Math.max(2, Math.round(deckies / 2))
  const returners = 4 + Math.floor(deckies / 6)
  const screens = 1 + Math.round(deckies / 8)
  return [
    ...crowd(botnets, 0.62, (number, share) => botnet(scene, number, share)),
    ...crowd(hammers, 0.12, (number, share) => hammer(scene, number, share)),
    ...crowd(returners, 0.02, (number, share) => returning(scene, number, share)),
    ...crowd(screens, 0.03, (number, share) => screenBrute(scene, number, share)),
    oneShot(scene, 0.02),
    worm(scene, 0.08),
    prober(scene, 0.08),
    spray(scene, 0.03),
    scanner(scene, 0.5),
  ]
}

const crowd = (
  count: number,
  share: number,
  one: (number: number, share: number) => Actor,
): ReadonlyArray<Actor> => Array.from({ length: count }, (_, number) => one(number, share / count))
