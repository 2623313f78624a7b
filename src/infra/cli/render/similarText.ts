import type { Similar } from "../../app/findSimilar.ts"
import { table } from "./table.ts"
import { countText, timeText } from "./wording.ts"

type Session = Similar["fused"][number] | Similar["kinds"][number]["sessions"][number]

/** The sessions that look alike, for people: over all kinds, then kind by kind. */
export const similarText = ({ what, compared, sessionCount, fused, kinds }: Similar): string => {
  const [first] = compared
  const asked =
    what === "session" && sessionCount === 1 && first !== undefined
      ? `session ${first.decky}/${first.sessionId}`
      : `${what}, ${countText(compared.length, "session")} of ${sessionCount} compared`
  if (fused.length === 0) return table([`like ${asked}`], [["no other session is known"]])
  return [
    table([`like ${asked}`], []),
    "",
    table(
      [{ title: "BITS", align: "right" }, "SESSION", "ATTACKER", "SEEN", "EVIDENCE"],
      fused.map((session) => [
        session.score.toFixed(1),
        ...who(session),
        session.contributions
          .map(
            ({ kind, bits, distance, within, total }) =>
              `${kind} ${signed(bits)} (${distance.toFixed(3)}, ${within} of ${total})`,
          )
          .join(", "),
      ]),
    ),
    ...kinds.flatMap(({ kind, sessions }) => [
      "",
      kind,
      table(
        [
          { title: "DISTANCE", align: "right" },
          { title: "AS NEAR", align: "right" },
          { title: "SURPRISE", align: "right" },
          ...["SESSION", "ATTACKER", "SEEN"],
        ],
        sessions.map((session) => [
          session.distance.toFixed(4),
          `${session.within} of ${session.total}`,
          session.surprise.toFixed(1),
          ...who(session),
        ]),
      ),
    ]),
  ].join("\n")
}

const who = ({ id, decky, sessionId, attackerIp, observedAt }: Session): ReadonlyArray<string> => [
  decky === undefined ? id : `${decky}/${sessionId}`,
  attackerIp ?? "",
  timeText(observedAt ?? null),
]

const signed = (bits: number): string => `${bits < 0 ? "" : "+"}${bits.toFixed(1)}`
