// Relays the outbox of a data directory once, and prints how many rows that were: DATA
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { relayOutbox } from "../../../../src/infra/readmodel/relayOutbox.ts"
import { stores } from "../storeLayers.ts"

const [data = ""] = process.argv.slice(2)

await Effect.runPromise(relayOutbox.pipe(Effect.flatMap(Console.log), Effect.provide(stores(data))))
