import type { Sensor } from "../fleet.ts"
import { jsonText } from "../jsonText.ts"
import type { Attempt, Session } from "../Session.ts"
import { spacedText } from "../times.ts"
import { cut, type Line, type LogFormat, plainLine } from "./LogFormat.ts"

const logTypes: Readonly<Record<string, number>> = {
  ftp: 2000,
  http: 3001,
  ssh: 4002,
  telnet: 6001,
  mysql: 8001,
}

const entry = (
  time: number,
  sensor: Sensor,
  destination: string,
  source: string,
  logtype: number,
  logdata: string,
): string => {
  const [utc, adjusted] = [spacedText(time), spacedText(time + 90)]
  return `{"dst_host": ${destination}, "local_time": "${utc}", "local_time_adjusted": "${adjusted}", "logdata": ${logdata}, "logtype": ${logtype}, "node_id": "${sensor.decky}", ${source}, "utc_time": "${utc}"}`
}

const loginData = ({ target, client }: Session, { principal, secret }: Attempt): string => {
  const password = secret === null ? "null" : jsonText(secret.text)
  const pair = `"PASSWORD": ${password}, "USERNAME": ${jsonText(principal ?? "")}`
  switch (target.service) {
    case "http":
      return `{"HOSTNAME": "${target.sensor.address}", "PATH": "/index.html", "SKIN": "nasLogin", "USERAGENT": "Mozilla/5.0", ${pair}}`
    case "ssh":
      return `{"LOCALVERSION": "SSH-2.0-OpenSSH_8.9", "REMOTEVERSION": "${client.version}", ${pair}}`
    default:
      return `{${pair}}`
  }
}

const lines = (session: Session): ReadonlyArray<Line> => {
  const { start, attempts, target, ip, port } = session
  const { sensor } = target
  const destination = `"${sensor.address}", "dst_port": ${target.port}`
  const source = `"src_host": "${ip}", "src_port": ${port}`
  if (attempts.length === 0) {
    // A port scan is read off the firewall's log, and there the ports are text.
    const data = `{"DF": "", "ID": "${port}", "IN": "eth0", "LEN": "60", "PROTO": "TCP", "SYN": "", "TTL": "52"}`
    const scanned = `"${sensor.address}", "dst_port": "${target.port}"`
    const scanner = `"src_host": "${ip}", "src_port": "${port}"`
    return [plainLine(start, entry(start, sensor, scanned, scanner, 5001, data))]
  }
  const opening =
    target.service === "ssh"
      ? [plainLine(start, entry(start, sensor, destination, source, 4000, `{"SESSION": "0"}`))]
      : []
  const logtype = logTypes[target.service] ?? 0
  const logins = attempts.map((attempt) => ({
    time: attempt.time,
    text: entry(attempt.time, sensor, destination, source, logtype, loginData(session, attempt)),
    attempts: 1,
  }))
  return [...opening, ...logins]
}

const boot = (sensor: Sensor, time: number): ReadonlyArray<string> =>
  ["ftp", "http", "mysql", "ssh", "telnet"].map((service) => {
    const data = `{"msg": {"logdata": "Added service ${service}"}}`
    return entry(time, sensor, `"", "dst_port": -1`, `"src_host": "", "src_port": -1`, 1001, data)
  })

/** OpenCanary's log, with the messages of its start and the port scans among the logins. */
export const opencanary: LogFormat = {
  name: "opencanary",
  fileName: () => "opencanary.log",
  encoding: "utf8",
  header: boot,
  lines,
  dirt: [
    cut,
    ({ time }, sensor) => ({
      kind: "wrong-type",
      text: entry(
        time,
        sensor,
        `"${sensor.address}", "dst_port": 21`,
        `"src_host": ["192.0.2.1"], "src_port": 40000`,
        2000,
        `{"PASSWORD": ["x"], "USERNAME": 7}`,
      ),
    }),
  ],
}
