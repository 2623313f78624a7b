import * as Effect from "effect/Effect"
import {
  type ResolvedFindingId,
  shortestFindingId,
} from "../../projections/queries/resolveFindingId.ts"
import type { Moment } from "./moment.ts"
import { NotFound, UsageError } from "./UsageError.ts"

/** Checks that an id, or the beginning of one, is long enough to name a finding. */
export const longEnough = (id: string): Effect.Effect<string, UsageError> =>
  id.length >= shortestFindingId
    ? Effect.succeed(id)
    : Effect.fail(
        new UsageError({
          message: `"${id}" is too short: give at least ${shortestFindingId} characters of the finding's id`,
        }),
      )

/** Why an id names no finding, now or, if told so, at a moment of the past. */
export const unresolved = (
  id: string,
  lookup: Exclude<ResolvedFindingId, { readonly _tag: "Found" }>,
  moment?: Moment | undefined,
): NotFound | UsageError =>
  lookup._tag === "Missing"
    ? new NotFound({
        message: `no finding has the id ${id}${moment === undefined ? "" : " at that moment"}: credtrail findings lists them`,
      })
    : new UsageError({ message: `several findings begin with ${id}: ${lookup.ids.join(", ")}` })
