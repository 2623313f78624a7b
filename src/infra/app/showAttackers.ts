import * as Effect from "effect/Effect"
import { type AttackerSort, listAttackers } from "../../projections/queries/listAttackers.ts"
import type { Page } from "../../projections/queries/Page.ts"
import { askReadModels } from "./askReadModels.ts"
import { parseAttacker } from "./filters.ts"
import { type Moment, type MomentInput, parseAsOf } from "./moment.ts"

interface AttackersInput extends MomentInput, Page {
  readonly attacker: string | undefined
  readonly sort: AttackerSort
}

interface AttackersQuery extends Page {
  readonly attacker: string | undefined
  readonly sort: AttackerSort
  readonly moment: Moment | undefined
}

/** Checks which attackers are wanted; fails with a `UsageError`. */
export const parseAttackersQuery = Effect.fnUntraced(function* (input: AttackersInput) {
  const { sort, limit, offset } = input
  const attacker = yield* parseAttacker(input.attacker)
  return { attacker, sort, limit, offset, moment: yield* parseAsOf(input) }
})

/** Lists attackers. */
export const showAttackers = Effect.fn("showAttackers")(function* ({
  moment,
  ...query
}: AttackersQuery) {
  return yield* askReadModels((database) => listAttackers(database, query), moment)
})
