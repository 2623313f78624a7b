import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { layerEmbedded } from "../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { eventually } from "../../support/eventually.ts"
import { startCredtrail } from "../ingest/runCredtrail.ts"
import { append, captures, rewrite } from "../readmodel/logEvents.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, temporary } from "./credtrail.ts"

const directory = temporary()

it("a service that a poison event has stopped goes on after SIGUSR2, once the event is mended", () =>
  Effect.gen(function* () {
    const data = join(directory, "data")
    const logs = join(directory, "logs")
    for (const made of [data, logs]) mkdirSync(made)
    const events = captures(60)
    const poison = events[40]
    if (poison === undefined) throw new Error("there are 60 captures")
    yield* append(events).pipe(Effect.provide(layerEmbedded({ file: join(data, "log.sqlite") })))
    yield* rewrite(data, poison.recorded.id, "{}")
    const write = (decky: string): void =>
      appendFileSync(
        join(logs, "opencanary.log"),
        `${JSON.stringify(canaryLogin({ decky, password: "tulip-bulb" }))}\n`,
      )
    write("gate-1")

    const service = yield* startCredtrail(["run", logs, "--data", data])
    const says = (...texts: ReadonlyArray<string>) =>
      eventually(Effect.sync(() => texts.every((text) => service.errors().includes(text))))
    const status = Effect.promise(() => answer("status", "--data", data))
    yield* says(
      "credential-reuse: booting -> quarantined",
      "ingest opencanary.logs: catchingUp -> live",
    )
    expect((yield* status).projections[0]).toMatchObject({
      state: "quarantined",
      error: expect.stringContaining(poison.recorded.id),
    })

    service.signal("SIGUSR2")
    yield* says("SIGUSR2: credential-reuse to retry", "credential-reuse: quarantined -> booting")
    yield* eventually(
      Effect.sync(() => service.errors().match(/booting -> quarantined/g)?.length === 2),
    )

    yield* rewrite(data, poison.recorded.id, JSON.stringify(poison.data))
    service.signal("SIGUSR2")
    yield* says("credential-reuse: catchingUp -> live")
    expect((yield* status).projections[0]).toMatchObject({ state: "live", error: null, gap: 0 })
    expect((yield* status).processes).toMatchObject([{ pid: service.pid, command: "run" }])

    service.signal("SIGUSR2")
    yield* says("SIGUSR2: nothing to retry")
    service.signal("SIGTERM")
    expect((yield* service.ended).code).toBe(130)
  }).pipe(Effect.scoped, Effect.runPromise))
