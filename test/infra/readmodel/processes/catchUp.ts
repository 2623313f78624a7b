// Brings the read models up to date once, as a command does: DATA
import * as Effect from "effect/Effect"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { stores } from "../storeLayers.ts"

const [data = ""] = process.argv.slice(2)

await Effect.runPromise(Effect.provide(catchUp("stop"), stores(data)))
