// Rebuilds the read models, or rolls them back: rebuild | rollback DATA
import * as Effect from "effect/Effect"
import { rollBack } from "../../../../../src/infra/readmodel/rebuild/rollBack.ts"
import { stores } from "../../storeLayers.ts"
import { rebuilt } from "../rebuilding.ts"

const [which, data = ""] = process.argv.slice(2)

const { runPromise } = Effect
if (which === "rollback") await runPromise(Effect.provide(rollBack(data), stores(data)))
else await runPromise(Effect.provide(rebuilt(data), stores(data)))
