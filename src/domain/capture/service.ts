/** What sensors call a service, where that differs from the name used here. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["ftpd", "ftp"],
  ["httpd", "http"],
  ["mssqld", "mssql"],
  ["mysqld", "mysql"],
  ["mqttd", "mqtt"],
  ["postgres", "postgresql"],
  ["sipd", "sip"],
  ["sipsession", "sip"],
  ["smbd", "smb"],
])

/**
 * One name per service whatever the sensor calls it, so that the same service on the same decky
 * is the same target: lower case, and without the sensor's daemon suffix (`mssqld` is `mssql`).
 * A name with nothing in it is "".
 */
export const serviceName = (name: string): string => {
  const lower = name.trim().toLowerCase()
  return aliases.get(lower) ?? lower
}

/** Said when a log does not tell which service was attacked. */
export const unknownService = "unknown"
