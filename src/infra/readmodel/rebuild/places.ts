import { join } from "node:path"

/** Where generations other than the first, and their registry, are kept in a data directory. */
export const generationsIn = (data: string): string => join(data, "generations")

/** The first generation stands at the top of the data directory, the others each in their own. */
export const firstGeneration = 1

/** The directory that a generation other than the first has for itself. */
export const directoryOf = (data: string, no: number): string =>
  join(generationsIn(data), String(no))

/** The file that holds the read models of a generation. */
export const fileOf = (data: string, no: number): string =>
  join(no === firstGeneration ? data : directoryOf(data, no), "readmodel.sqlite")

/** A database and the files that SQLite keeps beside it. */
export const withCompanions = (file: string): ReadonlyArray<string> => [
  file,
  `${file}-wal`,
  `${file}-shm`,
]
