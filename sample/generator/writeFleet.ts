import { fleetOf } from "./fleet.ts"
import { formatsOf } from "./formats/formatsOf.ts"
import { LogWriter } from "./LogWriter.ts"
import type { Manifest } from "./manifest.ts"
import { planSessions, type SampleOptions } from "./plan.ts"

/** Writes the log files of a fleet, `<directory>/<decky>/<log file>`, and says what is in them. */
export const writeFleet = (directory: string, options: SampleOptions): Manifest => {
  const writers = fleetOf(options.deckies).map((sensor) => ({
    sensor,
    logs: formatsOf[sensor.kind].map((format) => new LogWriter(directory, sensor, format)),
  }))
  const logsOf = new Map(
    writers.map(({ sensor, logs }) => [`${sensor.decky} ${sensor.kind}`, logs]),
  )
  for (const session of planSessions(options)) {
    const { sensor } = session.target
    for (const log of logsOf.get(`${sensor.decky} ${sensor.kind}`) ?? []) log.add(session)
  }
  return { options, files: writers.flatMap(({ logs }) => logs.flatMap((log) => log.end())) }
}
