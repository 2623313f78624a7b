import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { beginning, type Position } from "../../../../src/domain/event/position.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { expectedEvents } from "../../../../src/infra/readmodel/rebuild/expectedEvents.ts"
import { fileOf } from "../../../../src/infra/readmodel/rebuild/GenerationRegistry.ts"
import { append, captures } from "../logEvents.ts"
import { storesTest } from "../storesTest.ts"

/** The number, and after which positions the log was asked to count. */
const counted = (file: string) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const after: Array<Position> = []
    const number = yield* expectedEvents(file).pipe(
      Effect.provideService(
        EventLog,
        EventLog.of({
          ...log,
          gap: (position, types) => {
            after.push(position)
            return log.gap(position, types)
          },
        }),
      ),
    )
    return { number, after }
  })

describe("how many events there are to fold", () => {
  storesTest("is what was folded and what came since: no event is counted twice", (data) =>
    Effect.gen(function* () {
      yield* append(captures(60))
      yield* catchUp("stop")
      yield* append(captures(20))
      const { number, after } = yield* counted(fileOf(data, 1))
      expect(number).toBe(80)
      expect(after).toHaveLength(1)
      expect(after[0]).not.toBe(beginning)
      // Where the read models cannot be read, all is counted.
      expect(yield* counted(`${data}/none.sqlite`)).toEqual({ number: 80, after: [beginning] })
    }),
  )
})
