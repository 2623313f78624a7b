/** Describes a log format for the docs and for `credtrail formats`. */
export interface FormatNote {
  readonly format: string
  readonly reads: string
  /** The inputs it was tested with. */
  readonly seen: string
  readonly leavesOut: string
  readonly recognisedBy: string
  /** `none` if its times carry no zone. */
  readonly timeZone: string
  /** Whether the log names its host, and where. */
  readonly host: string
  /** A made-up line with an attempt in it. */
  readonly example: string
}

export const formatNotes: ReadonlyArray<FormatNote> = [
  {
    format: "cowrie",
    reads: "Cowrie's JSON log",
    seen: "real logs of 2018 to 2026; made-up ones of 3.0.5 and 3.0.6",
    leavesOut: "downloads, TTY logs, forwarded connections",
    recognisedBy: "an eventid that begins with cowrie.",
    timeZone: "UTC",
    host: "sensor, unless it is a container's id",
    example:
      '{"eventid":"cowrie.login.failed","timestamp":"2026-03-01T10:00:00.000000Z","session":"a1b2c3d4e5f6","src_ip":"192.0.2.7","username":"root","password":"orchid-7","sensor":"edge-01"}',
  },
  {
    format: "cowrie-text",
    reads: "Cowrie's text log (cowrie.log, what docker logs shows), and Kippo's",
    seen: "old and new transport names, and Kippo's",
    leavesOut: "public keys",
    recognisedBy: "a line of Twisted's, of a system of Cowrie's or Kippo's",
    timeZone: "offset in each line, none in old ones",
    host: "no",
    example:
      "2026-03-01T10:00:00.000000Z [HoneyPotSSHTransport,3,192.0.2.7] login attempt [b'root'/b'orchid-7'] failed",
  },
  {
    format: "cowrie-hpfeeds",
    reads: "the sessions that Cowrie and Kippo publish with hpfeeds",
    seen: "made-up sessions that follow its source code",
    leavesOut: "the time of each attempt: all have that of the session",
    recognisedBy: "credentials, peerIP, startTime and loggedin in one object",
    timeZone: "UTC",
    host: "no",
    example:
      '{"session":"a1b2c3d4e5f6","startTime":"2026-03-01T10:00:00.000000Z","peerIP":"192.0.2.7","loggedin":null,"credentials":[["root","orchid-7"]]}',
  },
  {
    format: "heralding-auth",
    reads: "Heralding's CSV of login attempts",
    seen: "the CSV of 2016, real logs of 2022 to 2025",
    leavesOut: "nothing",
    recognisedBy: "its header, or rows that begin with a time and two ids",
    timeZone: "none",
    host: "no",
    example:
      "2026-03-01 10:00:00.000000,00000000-0000-4000-8000-000000000001,00000000-0000-4000-8000-000000000002,192.0.2.7,4000,198.51.100.1,21,ftp,root,orchid-7,",
  },
  {
    format: "heralding-session",
    reads: "Heralding's JSON log of sessions",
    seen: "real logs of 2022 to 2025",
    leavesOut: "whether an attempt was let in, which it does not tell",
    recognisedBy: "a session_id and a list of auth_attempts",
    timeZone: "none",
    host: "no",
    example:
      '{"timestamp":"2026-03-01 10:00:00.000000","session_id":"00000000-0000-4000-8000-000000000001","source_ip":"192.0.2.7","protocol":"ftp","auth_attempts":[{"timestamp":"2026-03-01 10:00:01.000000","username":"root","password":"orchid-7"}]}',
  },
  {
    format: "dionaea",
    reads: "Dionaea's JSON log, log_json",
    seen: "real logs of 2022 to 2025",
    leavesOut: "connections without credentials, downloads",
    recognisedBy: "a connection with protocol and transport, and src_ip",
    timeZone: "none",
    host: "no",
    example:
      '{"connection":{"protocol":"mssqld","transport":"tcp","type":"accept"},"src_ip":"192.0.2.7","timestamp":"2026-03-01T10:00:00.000000","credentials":{"username":["sa"],"password":["orchid-7"]}}',
  },
  {
    format: "dionaea-incident",
    reads: "Dionaea's other JSON log, log_incident",
    seen: "made-up records that follow its source code",
    leavesOut: "incidents other than logins",
    recognisedBy: "an origin that begins with dionaea., beside data",
    timeZone: "none",
    host: "no",
    example:
      '{"origin":"dionaea.modules.python.mssql.login","timestamp":"2026-03-01T10:00:00.000000","data":{"username":"sa","password":"orchid-7","connection":{"id":"c1","protocol":"mssqld","remote_ip":"192.0.2.7"}}}',
  },
  {
    format: "opencanary",
    reads: "OpenCanary's log",
    seen: "a real log, and made-up records that follow its source code",
    leavesOut: "events without credentials; placeholders such as <not supplied>",
    recognisedBy: "a logtype that is a number, logdata, and node_id or node",
    timeZone: "UTC",
    host: "node_id, unless it is the default",
    example:
      '{"dst_port":21,"logdata":{"USERNAME":"root","PASSWORD":"orchid-7"},"logtype":2000,"node_id":"edge-01","src_host":"192.0.2.7","utc_time":"2026-03-01 10:00:00.000000"}',
  },
  {
    format: "decnet",
    reads: "DECNET's RFC 5424 lines",
    seen: "lines from its own tests",
    leavesOut: "records without secret_b64",
    recognisedBy: "an element [relay@55555 ...], alone or wrapped by a log reader",
    timeZone: "offset in each line",
    host: "its hostname; one log is of many",
    example:
      '<134>1 2026-03-01T10:00:00.000000Z edge-01 ftp - auth [relay@55555 src="192.0.2.7" principal="root" secret_b64="b3JjaGlkLTc="]',
  },
  {
    format: "ssh-honeypot",
    reads: "droberson's ssh-honeypot, its text log",
    seen: "real logs of 2022",
    leavesOut: "user names with spaces, which cannot be told from the password",
    recognisedBy: "a time in brackets and an address, or a message of its own",
    timeZone: "none",
    host: "no",
    example: "[Sun Mar  1 10:00:00 2026] 192.0.2.7 root orchid-7",
  },
  {
    format: "ssh-honeypot-json",
    reads: "the same with -j",
    seen: "made-up records that follow its source code",
    leavesOut: "nothing",
    recognisedBy: "an event that begins with ssh-honeypot-",
    timeZone: "UTC",
    host: "host",
    example:
      '{"event":"ssh-honeypot-auth","time":1772359200,"client":"192.0.2.7","user":"root","pass":"orchid-7"}',
  },
  {
    format: "telnethoney",
    reads: "telnethoney's JSON log",
    seen: "a real log",
    leavesOut: "HTTP requests",
    recognisedBy: "timestamp, src_ip, username, password and command, without an eventid",
    timeZone: "offset in each line",
    host: "no",
    example:
      '{"timestamp":"2026-03-01T10:00:00.000000Z","src_ip":"192.0.2.7","username":"root","password":"orchid-7","command":null}',
  },
  {
    format: "sshesame",
    reads: "sshesame's log, JSON or text",
    seen: "made-up lines that follow its source code",
    leavesOut: "channels and forwarded ports",
    recognisedBy: "event_type, event and source, or a line of its text log",
    timeZone: "in JSON UTC, in text none",
    host: "no",
    example:
      '{"time":"2026-03-01T10:00:00.000000Z","source":"192.0.2.7:4000","event_type":"password_auth","event":{"user":"root","accepted":false,"password":"orchid-7"}}',
  },
  {
    format: "honeypots",
    reads: "the JSON log of qeeqbox's honeypots",
    seen: "made-up records that follow its source code",
    leavesOut: "actions other than login and SNMP queries",
    recognisedBy: "action and server beside src_ip, dest_port and timestamp",
    timeZone: "UTC",
    host: "no",
    example:
      '{"timestamp":"2026-03-01T10:00:00.000000","action":"login","server":"ftp_server","src_ip":"192.0.2.7","dest_port":"21","username":"root","password":"orchid-7","status":"failed"}',
  },
  {
    format: "beelzebub",
    reads: "beelzebub's log",
    seen: "made-up records that follow its source code",
    leavesOut: "sessions behind a login, which repeat it",
    recognisedBy: "DateTime, RemoteAddr, Protocol and Status, in an event or alone",
    timeZone: "UTC",
    host: "no",
    example:
      '{"event":{"DateTime":"2026-03-01T10:00:00.000000Z","RemoteAddr":"192.0.2.7:4000","Protocol":"SSH","Status":"Stateless","ID":"e1","User":"root","Password":"orchid-7"}}',
  },
  {
    format: "tpot",
    reads: "the documents that T-Pot's Logstash puts into Elasticsearch",
    seen: "made-up documents that follow its Logstash rules",
    leavesOut: "documents without a user name and password",
    recognisedBy: "t-pot_hostname, t-pot_ip_ext, or @timestamp beside a type of T-Pot's",
    timeZone: "UTC",
    host: "t-pot_hostname; one index is of many",
    example:
      '{"@timestamp":"2026-03-01T10:00:00.000000Z","t-pot_hostname":"edge-01","type":"Mailoney","src_ip":"192.0.2.7","dest_port":25,"username":"root","password":"orchid-7"}',
  },
]
