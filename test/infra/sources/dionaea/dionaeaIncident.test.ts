import { describe, expect, it } from "vitest"
import { dionaeaIncident } from "../../../../src/infra/sources/dionaea/dionaeaIncident.ts"
import { capturesOf, outcomesOf } from "../parsed.ts"

const connection = {
  id: "c1",
  protocol: "mssqld",
  remote_ip: "::ffff:192.0.2.7",
  remote_port: 4022,
  local_ip: "198.51.100.2",
  local_port: 1433,
}
const login = {
  origin: "dionaea.modules.python.mssql.login",
  timestamp: "2026-02-03T04:05:06.700000",
  data: { username: "sa", password: "plinth", connection },
}

describe("Dionaea's log of incidents", () => {
  it("makes a capture of every login", () => {
    expect(capturesOf(dionaeaIncident, login)).toEqual([
      {
        observedAt: "2026-02-03T04:05:06.700000Z",
        sensor: null,
        service: "mssql",
        attackerIp: "192.0.2.7",
        sessionId: "c1",
        principal: "sa",
        secret: ["plaintext", "plinth"],
        outcome: null,
        fields: { sourcePort: "4022", destinationIp: "198.51.100.2", destinationPort: "1433" },
      },
    ])
  })

  it("takes the password of MySQL for absent where it is empty, whatever was sent", () => {
    const data = {
      username: "root",
      password: "",
      connection: { ...connection, protocol: "mysqld" },
    }
    expect(capturesOf(dionaeaIncident, { ...login, data })).toMatchObject([{ secret: null }])
  })

  it("passes over other incidents, and rejects what is broken", () => {
    expect(
      outcomesOf(
        dionaeaIncident,
        { ...login, origin: "dionaea.connection.free" },
        { ...login, origin: undefined },
        { ...login, data: { username: "sa" } },
        { ...login, data: { username: {}, password: "x", connection } },
        { ...login, timestamp: "then" },
      ),
    ).toEqual([0, "missing-field", "missing-field", "wrong-type", "bad-timestamp"])
  })
})
