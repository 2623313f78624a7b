/** The ids of announcements in the rows of an outbox, each of which is its columns with their names. */
export const announcedIn = (outbox: ReadonlyArray<string> = []): ReadonlyArray<string> =>
  outbox
    .map((row) => {
      const columns: ReadonlyArray<readonly [string, unknown]> = JSON.parse(row)
      return String(columns.find(([name]) => name === "event_id")?.[1])
    })
    .toSorted()
