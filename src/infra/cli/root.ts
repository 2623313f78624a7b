import * as Config from "effect/Config"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Schema from "effect/Schema"

const named = Schema.makeFilter((path: string) => path !== "" || "Expected a directory")

/** The command itself: what all its subcommands share. */
export const root = Command.make("credtrail").pipe(
  Command.withDescription(
    "Which secrets are being tried where, by whom, since when, and which event made us say so",
  ),
  Command.withSharedFlags({
    data: Flag.String("data").pipe(
      Flag.withMetavar("DIR"),
      Flag.withDescription("Where the data is kept; also CREDTRAIL_DATA"),
      Flag.withSchema(Schema.String.check(named)),
      Flag.withFallbackConfig(
        Config.String("CREDTRAIL_DATA").pipe(Config.withDefault("./credtrail-data")),
      ),
    ),
    eventstore: Flag.String("eventstore").pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription(
        "Keep the log on the EventStoreDB or KurrentDB server at esdb://...; also CREDTRAIL_EVENTSTORE_URL",
      ),
      Flag.withFallbackConfig(Config.String("CREDTRAIL_EVENTSTORE_URL")),
      Flag.optional,
    ),
  }),
)
