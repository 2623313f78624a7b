/** The kinds of sensor that a decky can run. */
export type SensorKind =
  | "cowrie-2018"
  | "cowrie-2026"
  | "heralding"
  | "decnet"
  | "opencanary"
  | "dionaea"
  | "ssh-honeypot"
  | "telnethoney"

/** One honeypot program on a decky, and the services it plays. */
export interface Sensor {
  readonly decky: string
  readonly kind: SensorKind
  /** The decky's number in the fleet, from 0. */
  readonly number: number
  /** What the sensor calls itself where its log has a place for that. */
  readonly name: string
  readonly address: string
  readonly services: ReadonlyArray<string>
  /** How much of the fleet's traffic comes here, relative to the others. */
  readonly traffic: number
}

/** A service on a decky, and the sensor that plays it. */
export interface Target {
  readonly sensor: Sensor
  readonly service: string
  readonly port: number
}

const servicesOf: Readonly<Record<SensorKind, ReadonlyArray<string>>> = {
  "cowrie-2018": ["ssh"],
  "cowrie-2026": ["ssh", "telnet"],
  heralding: ["ftp", "imap", "pop3", "postgresql", "smtp", "telnet", "vnc"],
  decnet: [
    ...["ssh", "ftp", "smtp", "imap", "pop3", "redis", "ldap", "mqtt", "postgresql", "mysql"],
    ...["mssql", "vnc", "mongodb", "snmp", "sip", "http", "k8s", "smb"],
  ],
  opencanary: ["ftp", "http", "mysql", "ssh", "telnet"],
  dionaea: ["mssql", "mysql"],
  "ssh-honeypot": ["ssh"],
  telnethoney: ["telnet"],
}

const ports: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  http: 80,
  pop3: 110,
  imap: 143,
  snmp: 161,
  ldap: 389,
  smb: 445,
  mssql: 1433,
  mqtt: 1883,
  mysql: 3306,
  sip: 5060,
  postgresql: 5432,
  vnc: 5900,
  redis: 6379,
  k8s: 6443,
  mongodb: 27017,
}

type Role = ReadonlyArray<readonly [kind: SensorKind, traffic: number]>

// The six that make up the bundled sample. Cowrie writes some 2 kB a login, ssh-honeypot 60 bytes:
// the traffic is what keeps the sample small.
const named: ReadonlyArray<readonly [name: string, role: Role]> = [
  ["edge-berlin-01", [["cowrie-2026", 0.08]]],
  ["branch-oslo-02", [["cowrie-2018", 0.07]]],
  ["plant-turin-03", [["decnet", 0.45]]],
  [
    "depot-gdansk-04",
    [
      ["opencanary", 0.15],
      ["dionaea", 0.5],
    ],
  ],
  [
    "office-lyon-05",
    [
      ["heralding", 0.2],
      ["ssh-honeypot", 2],
    ],
  ],
  [
    "lab-porto-06",
    [
      ["ssh-honeypot", 2.4],
      ["telnethoney", 0.7],
    ],
  ],
]

// What larger fleets go on with, in turn: mostly Cowrie, as in the world.
const roles: readonly [Role, ...ReadonlyArray<Role>] = [
  [["cowrie-2026", 3]],
  [["cowrie-2018", 3]],
  [
    ["cowrie-2026", 2.5],
    ["heralding", 2],
  ],
  [
    ["ssh-honeypot", 3],
    ["telnethoney", 1],
  ],
  [
    ["cowrie-2018", 2.5],
    ["dionaea", 0.3],
  ],
  [["decnet", 3]],
  [["cowrie-2026", 3]],
  [
    ["opencanary", 1.5],
    ["ssh-honeypot", 2.5],
  ],
]

const uses = ["edge", "branch", "plant", "depot", "office", "lab"]
const towns = [
  ...["vienna", "lisbon", "malmo", "gent", "riga", "bilbao", "cork", "basel", "brno", "nantes"],
  ...["pisa", "tartu", "graz", "delft", "odense", "kosice"],
]

const decky = (number: number): readonly [name: string, role: Role] => {
  const given = named[number]
  if (given !== undefined) return given
  const place = `${uses[number % uses.length]}-${towns[number % towns.length]}`
  const role = roles[(number - named.length) % roles.length] ?? roles[0]
  return [`${place}-${String(number + 1).padStart(2, "0")}`, role]
}

/** The sensors of a fleet of so many deckies; a bigger fleet begins with the deckies of a smaller. */
export const fleetOf = (deckies: number): ReadonlyArray<Sensor> => {
  const sensors: Array<Sensor> = []
  for (let number = 0; number < deckies; number++) {
    const [name, role] = decky(number)
    for (const [kind, traffic] of role) {
      sensors.push({
        decky: name,
        kind,
        number,
        name: `ip-10-20-${number >> 8}-${number & 0xff}`,
        address: `10.20.${number >> 8}.${number & 0xff}`,
        services: servicesOf[kind],
        traffic,
      })
    }
  }
  return sensors
}

/** Every service of these sensors that has one of these names. */
export const targetsOf = (
  sensors: ReadonlyArray<Sensor>,
  services: ReadonlyArray<string>,
): ReadonlyArray<Target> =>
  sensors.flatMap((sensor) =>
    sensor.services
      .filter((service) => services.includes(service))
      .map((service) => ({ sensor, service, port: ports[service] ?? 0 })),
  )
