import { attempting } from "../sqlite/attempt.ts"
import { EventLogUnavailable } from "./EventLog.ts"

/** Does something with a log file: what fails is said as the port says it, a mistake is a defect. */
export const attempt = attempting(
  (operation, failure) => new EventLogUnavailable({ operation, ...failure }),
  (thrown) => thrown instanceof EventLogUnavailable,
)
