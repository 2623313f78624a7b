import * as Effect from "effect/Effect"
import {
  type ResolvedFindingId,
  shortestFindingId,
} from "../../projections/queries/resolveFindingId.ts"
import { NotFound, UsageError } from "./Answer.ts"
import type { Moment } from "./moment.ts"

/** Checks that an id, or the beginning of one, is long enough to name a finding. */
export const parseFindingId = (id: string): Effect.Effect<string, UsageError> =>
  id.length >= shortestFindingId
    ? Effect.succeed(id)
    : Effect.fail(
        new UsageError({
          message: `"${id}" is too short: give at least ${shortestFindingId} characters of the finding's id`,
        }),
      )

/** The error for an id that names no finding, now or, if given, at a moment of the past. */
export const unresolvedFinding = (
  id: string,
  lookup: Exclude<ResolvedFindingId, { readonly _tag: "Found" }>,
  warnings: ReadonlyArray<string>,
  moment?: Moment | undefined,
): NotFound | UsageError =>
  lookup._tag === "Missing"
    ? new NotFound({
        message: `no finding has the id ${id}${moment === undefined ? "" : " at that moment"}: credtrail findings lists them`,
        warnings,
      })
    : new UsageError({ message: `several findings begin with ${id}: ${lookup.ids.join(", ")}` })
