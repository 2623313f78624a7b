import { appendFileSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { layerEmbedded } from "../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { eventually } from "../../support/eventually.ts"
import { startCredtrail } from "../ingest/runCredtrail.ts"
import { rewrite, wholeLog } from "../readmodel/logEvents.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, temporary } from "./credtrail.ts"

const directory = temporary()

it("a service that a poison event has stopped goes on after SIGUSR2, once the event is mended", () =>
  Effect.gen(function* () {
    const data = join(directory, "data")
    const logs = join(directory, "logs")
    mkdirSync(logs)
    for (const decky of ["gate-1", "gate-2", "gate-3", "gate-4"]) {
      const line = JSON.stringify(canaryLogin({ decky, password: "tulip-bulb" }))
      appendFileSync(join(logs, "opencanary.log"), `${line}\n`)
    }
    yield* Effect.promise(() => credtrail("ingest", logs, "--data", data))
    const file = join(data, "log.sqlite")
    const events = yield* wholeLog.pipe(Effect.provide(layerEmbedded({ file, mode: "read-only" })))
    const poison = events.filter(({ type }) => type === "credential.captured")[2]
    if (poison === undefined) throw new Error("four attempts are in the log")
    yield* rewrite(data, poison.id, "{}")
    for (const end of ["", "-wal", "-shm"]) {
      rmSync(join(data, `readmodel.sqlite${end}`), { force: true }) // to be folded from the log again
    }

    const service = yield* startCredtrail(["run", logs, "--data", data])
    const says = (...texts: ReadonlyArray<string>) =>
      eventually(Effect.sync(() => texts.every((text) => service.errors().includes(text))))
    const status = Effect.promise(() => answer("status", "--data", data))
    yield* says(
      "credential-reuse: booting -> quarantined",
      "ingest opencanary.logs: booting -> live",
    )
    expect((yield* status).projections[0]).toMatchObject({
      state: "quarantined",
      error: expect.stringContaining(poison.id),
    })

    service.signal("SIGUSR2")
    yield* says("SIGUSR2: credential-reuse to retry", "credential-reuse: quarantined -> booting")
    yield* eventually(
      Effect.sync(() => service.errors().match(/booting -> quarantined/g)?.length === 2),
    )

    yield* rewrite(data, poison.id, JSON.stringify(poison.data))
    service.signal("SIGUSR2")
    yield* says("credential-reuse: catchingUp -> live")
    expect((yield* status).projections[0]).toMatchObject({ state: "live", error: null, gap: 0 })
    expect((yield* status).processes).toMatchObject([{ pid: service.pid, command: "run" }])

    service.signal("SIGUSR2")
    yield* says("SIGUSR2: nothing to retry")
    service.signal("SIGTERM")
    expect((yield* service.ended).code).toBe(130)
  }).pipe(Effect.scoped, Effect.runPromise))
