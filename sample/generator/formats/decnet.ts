import type { Attempt, Session } from "../Session.ts"
import { isoText } from "../times.ts"
import { cut, type DirtyLine, type Line, type LogFormat, plainLine } from "./LogFormat.ts"

type Param = readonly [name: string, value: string]

const escaped = (value: string): string => value.replace(/[\\"\]]/g, "\\$&")

const record = (
  time: number,
  session: Session,
  severity: "info" | "warning",
  app: string,
  message: string,
  params: ReadonlyArray<Param>,
): string => {
  const priority = severity === "info" ? 134 : 132
  const data = params.map(([name, value]) => ` ${name}="${escaped(value)}"`).join("")
  return `<${priority}>1 ${isoText(time)}+00:00 ${session.target.sensor.decky} ${app} - ${message} [relay@55555${data}]`
}

const secretParams = ({ secret }: Attempt): ReadonlyArray<Param> => {
  if (secret === null) return []
  const bytes = Buffer.from(secret.text, secret.encoding)
  const base64: Param = ["secret_b64", bytes.toString("base64")]
  const printable: Param = ["secret_printable", secret.text.replace(/[^ -~]/g, "?")]
  const kind: ReadonlyArray<Param> =
    secret.kind === "plaintext" ? [] : [["secret_kind", secret.kind]]
  return [...kind, printable, base64]
}

const attemptText = (session: Session, attempt: Attempt): string => {
  const { ip, port, target } = session
  const { time, principal, accepted } = attempt
  const user = principal ?? "None"
  const secret = secretParams(attempt)
  const named: ReadonlyArray<Param> = [
    ["username", user],
    ["principal", user],
  ]
  const source: Param = ["src", ip]
  switch (target.service) {
    case "ssh": {
      const params: ReadonlyArray<Param> = [...named, ...secret, ["src_ip", ip]]
      return record(time, session, "info", "auth-helper", "auth_attempt", params)
    }
    case "ftp":
      return record(time, session, "info", "ftp", "auth_attempt", [...named, ...secret])
    case "mqtt": {
      const params: ReadonlyArray<Param> = [...named, ...secret, ["client_id", `c${port}`]]
      return record(time, session, "info", "mqtt", "auth", params)
    }
    case "smtp":
      return record(time, session, "warning", "smtp", "auth_attempt", [source, ...named, ...secret])
    case "imap":
    case "pop3": {
      const outcome: Param = ["outcome", accepted ? "success" : "failure"]
      const severity = accepted ? "info" : "warning"
      const params = [source, ...named, outcome, ...secret]
      return record(time, session, severity, target.service, "auth", params)
    }
    case "redis": {
      const params: ReadonlyArray<Param> = [source, ["principal", user], ...secret]
      return record(time, session, "info", "redis", "auth", params)
    }
    case "ldap": {
      const params: ReadonlyArray<Param> = [source, ["dn", user], ["principal", user], ...secret]
      return record(time, session, "info", "ldap", "bind", params)
    }
    case "vnc": {
      const response: Param = ["response", attempt.secret?.text ?? ""]
      return record(time, session, "info", "vnc", "auth_response", [source, response, ...secret])
    }
    case "snmp": {
      const params: ReadonlyArray<Param> = [
        source,
        ["src_port", String(port)],
        ["version", "1"],
        ["oids", "['1.3.6.1.2.1.1.1.0']"],
        ["principal", user],
        ...secret,
      ]
      return record(time, session, "info", "snmp", "get_request", params)
    }
    case "sip": {
      const params: ReadonlyArray<Param> = [source, ["method", "REGISTER"], ...named, ...secret]
      return record(time, session, "info", "sip", "request", params)
    }
    case "http":
    case "k8s": {
      const path = target.service === "http" ? "/admin" : "/api/v1/secrets"
      const params: ReadonlyArray<Param> = [
        ["method", "GET"],
        ["path", path],
        ["remote_addr", ip],
        ["principal", user],
        ...secret,
      ]
      return record(time, session, "info", target.service, "request", params)
    }
    case "smb": {
      const name: Param = ["username", user.slice(user.indexOf("\\") + 1)]
      const params: ReadonlyArray<Param> = [
        ["src_ip", ip],
        ["src_port", String(port)],
        name,
        ["domain", "CORP"],
        ["principal", user],
        ...secret,
      ]
      return record(time, session, "info", "smb", "auth_attempt", params)
    }
    default: {
      const app = target.service === "postgresql" ? "postgres" : target.service
      return record(time, session, "info", app, "auth", [source, ...named, ...secret])
    }
  }
}

const lines = (session: Session): ReadonlyArray<Line> => {
  const { start, attempts, target, ip } = session
  if (attempts.length === 0) {
    const params: ReadonlyArray<Param> = [["src", ip]]
    return [plainLine(start, record(start, session, "info", target.service, "connect", params))]
  }
  return attempts.map((attempt) => ({
    time: attempt.time,
    text: attemptText(session, attempt),
    attempts: 1,
  }))
}

const badBase64 = ({ time }: Line, decky: string): DirtyLine => ({
  kind: "bad-base64",
  text: `<134>1 ${isoText(time)}+00:00 ${decky} ftp - auth_attempt [relay@55555 username="root" principal="root" secret_printable="?" secret_b64="not!base64!!"]`,
})

/** The syslog lines (RFC 5424) of DECNET's decoys, one of them for each service. */
export const decnet: LogFormat = {
  name: "decnet",
  fileName: () => "decnet.log",
  encoding: "utf8",
  lines,
  dirt: [
    cut,
    (line, { decky }) => badBase64(line, decky),
    () => ({ kind: "undecodable", text: "-- log restarted, buffer lost --" }),
  ],
}
