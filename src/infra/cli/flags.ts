import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { RatingClass } from "../../domain/secret/rating.ts"

/** A flag that may be left out: `undefined` then. */
export const orUndefined = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> =>
  Flag.optional(flag).pipe(Flag.map(Option.getOrUndefined))

/** Machine-readable output, in the shapes of `docs/reference/json.md`. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON instead of text"),
  Flag.withDefault(false),
)

/** Whether secrets are shown. */
const reveal = Flag.Boolean("reveal").pipe(
  Flag.withDescription("Show secrets; an event records who looked"),
  Flag.withDefault(false),
)

/** Why secrets are shown. */
const reason = Flag.String("reason").pipe(
  Flag.withDescription("Record this reason with --reveal"),
  orUndefined,
)

/** Shows secrets, and says why. */
export const revealing = { reveal, reason }

const pageSize = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))
const fromZero = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const limit = Flag.Int("limit").pipe(
  Flag.withDescription("Rows on a page, 1 to 1000; 25 by default"),
  Flag.withSchema(pageSize),
  Flag.withDefault(25),
)

export const offset = Flag.Int("offset").pipe(
  Flag.withDescription("Skip the first N rows"),
  Flag.withSchema(fromZero),
  Flag.withDefault(0),
)

const text = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), orUndefined)

export const service = text("service", "Only this service, e.g. ssh")
export const deckyFilter = text("decky", "Only this decky")
export const attacker = text("attacker", "Only this attacker: an address or a UUID")
export const secretKind = text("secret-kind", "Only secrets of this kind, e.g. plaintext")
export const principal = text("principal", "Only this principal, exactly")
export const secretDigest = text("secret", "Only the secret with this digest")
export const password = text("password", "Only this secret; - reads it from standard input")
export const sha256 = text("sha256", "Only the secret whose bytes have this SHA-256")
export const since = text("since", "Only what was seen at or after this time, e.g. 2026-03-01")
export const until = text("until", "Only what was seen at or before this time")

/** Names and patterns, with commas in between. */
export const names = (name: string, description: string) =>
  text(name, description).pipe(Flag.withMetavar("NAMES"))

const count = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(description), Flag.withSchema(fromZero), orUndefined)

export const minTargets = count("min-targets", "Only with at least this many targets")
export const minAttackers = count("min-attackers", "Only with at least this many attackers")

export const minRank = count("min-rank", "Only at least this worth a look")
export const ratingClass = Flag.Literals("class", RatingClass.literals).pipe(
  Flag.withDescription("Only secrets that are rated so, e.g. default"),
  orUndefined,
)

/** The moment of the past that is asked about. */
export const asOf = Flag.String("as-of").pipe(
  Flag.withMetavar("MOMENT"),
  Flag.withDescription("Answer as of a time or a log position"),
  orUndefined,
)

/** Which of the two times of an event a moment is meant by. */
export const by = Flag.Literals("by", ["recorded-time", "event-time"]).pipe(
  Flag.withDescription(
    "Read times as when events were recorded (default) or as when they happened",
  ),
  Flag.withDefault("recorded-time"),
)

/** How sources are read: shared by `ingest` and `run`. */
export const decky = Flag.String("decky").pipe(
  Flag.withAlias("sensor"),
  Flag.withMetavar("NAME"),
  Flag.withDescription(
    "The host the logs come from: a name, {dir}, {dir:2} and {file} for parts of each path, or re: and a regular expression",
  ),
  orUndefined,
)

export const deckies = Flag.String("deckies").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("A JSON file that maps paths and logged host names to deckies"),
  orUndefined,
)

export const format = Flag.String("format").pipe(
  Flag.withDescription(
    "Read every file in this format, or in the one that a .json file describes, instead of recognising it",
  ),
  orUndefined,
)

export const timezone = Flag.String("timezone").pipe(
  Flag.withMetavar("ZONE"),
  Flag.withDescription(
    "The time zone of formats that carry none, e.g. Europe/Oslo; UTC by default",
  ),
  Flag.withDefault("UTC"),
)

export const onPoison = Flag.Literals("on-poison", ["stop", "quarantine", "skip"]).pipe(
  Flag.withDescription("What to do with an event that cannot be folded; stop by default"),
  Flag.withDefault("stop"),
)

export const noPlaintext = Flag.Boolean("no-plaintext").pipe(
  Flag.withDescription("Never keep the bytes of secrets in this data directory, from now on"),
  Flag.withDefault(false),
)

export const noMailAddresses = Flag.Boolean("no-mail-addresses").pipe(
  Flag.withDescription("From now on, store only a keyed digest and the domain of mail addresses"),
  Flag.withDefault(false),
)
