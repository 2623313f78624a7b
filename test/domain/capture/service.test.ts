import { describe, expect, it } from "vitest"
import { serviceName, unknownService } from "../../../src/domain/capture/service.ts"

describe("the name of a service", () => {
  it.each([
    ["ssh", "ssh"],
    ["SSH", "ssh"],
    [" telnet\t", "telnet"],
    ["mssqld", "mssql"],
    ["MySQLd", "mysql"],
    ["SipSession", "sip"],
    ["postgres", "postgresql"],
    ["smbd", "smb"],
    ["something-new", "something-new"],
  ])("of %j is %s", (name, service) => {
    expect(serviceName(name)).toBe(service)
  })

  it("stays a name where a sensor uses a word that JavaScript knows", () => {
    for (const name of ["constructor", "__proto__", "hasownproperty"]) {
      expect(serviceName(name)).toBe(name)
    }
  })

  it("is empty where there is nothing in it, which is not the unknown service", () => {
    expect(serviceName("  ")).toBe("")
    expect(serviceName(unknownService)).toBe("unknown")
  })

  it("is named already once it has been named", () => {
    for (const name of ["mysqld", "FTPD", "", "ssh"]) {
      expect(serviceName(serviceName(name))).toBe(serviceName(name))
    }
  })
})
