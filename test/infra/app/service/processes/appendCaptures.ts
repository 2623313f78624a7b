// Appends captures to a log, leaving out the first of them: DATA COUNT LEFT_OUT
import * as Effect from "effect/Effect"
import { append, captures } from "../../../readmodel/logEvents.ts"
import { stores } from "../../../readmodel/storeLayers.ts"

const [data = "", count = "", leftOut = ""] = process.argv.slice(2)
const all = captures(Number(leftOut) + Number(count))

await Effect.runPromise(Effect.provide(append(all.slice(Number(leftOut))), stores(data)))
