import * as Schema from "effect/Schema"

/**
 * A place in the whole log. Opaque to everything but the log that gave it: text whose plain
 * comparison is the order of the log, so that it can be stored, sorted and compared anywhere.
 */
export const Position = Schema.String.pipe(Schema.brand("Position"))
export type Position = typeof Position.Type

/** Before the first event of every log: the empty text sorts before any other. */
export const beginning = "" as Position // the one position that no log hands out
