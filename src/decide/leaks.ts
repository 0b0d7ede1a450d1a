/**
 * What an error of a bank must never tell (control `error-disclosure`, OWASP API8:2023): how the machinery behind it is built. Texts are
 * looked at, not names: those are declared. Each pattern reads a text in one pass; what could repeat has a bound.
 */
import { type JsonTree, readTree } from '../schema/index.ts'

/** An error of more characters is not read for leaks: it never leaves. Errors of open banking have a few hundred. */
export const MAX_ERROR_CHARACTERS = 16_384
const MAX_ERROR_DEPTH = 32

export type Leak =
  | 'a stack trace'
  | 'a place in source code'
  | 'an exception'
  | 'a database'
  | 'software and its version'
  | 'an address inside'
  | 'a path on a disk'
  | 'a page'
  | 'a credential'

const LEAKS: readonly (readonly [leak: Leak, pattern: RegExp])[] = [
  // Java, .NET: `at a.b.C.d(C.java:1)`; JavaScript: `at async f (/srv/x.js:1:2)`.
  ['a stack trace', /(?:^|\s)at [A-Za-z_$<][\w$<>[\]`+]{0,100}\.[\w$.<>[\]`+/]{1,300}\(/],
  [
    'a stack trace',
    /(?:^|\s)at (?:async |new )?[A-Za-z_$<][\w$.<>[\]]{0,200} \((?:[^()\s]{1,300}:\d|native|<anonymous>)/,
  ],
  ['a stack trace', /(?:^|\s)at (?:file:\/\/)?\/[^\s:]{1,300}:\d{1,7}:\d{1,7}/],
  [
    'a stack trace',
    /Traceback \(most recent call last\)|--- End of (?:inner|stack)|\bCaused by: |goroutine \d{1,9} \[/,
  ],
  [
    'a stack trace',
    /\b(?:Stack ?trace|stack backtrace):|\bcore dumped\b|\bSegmentation fault\b|\bpanic: |PHP (?:Fatal|Warning|Notice)|Fatal error: Uncaught/i,
  ],
  [
    'a place in source code',
    /[\w)\]$-]\.(?:java|kt|scala|groovy|cs|vb|fs|py|rb|php|js|mjs|cjs|ts|tsx|go|rs|cpp|cc|pl|sql|cbl|cob)(?::|, line |:line |\(| on line )\d{1,7}/,
  ],
  [
    'a place in source code',
    /\bFile "[^"\n]{1,300}", line \d{1,7}|\bnode:internal\/|\bwebpack:\/\/|\bWEB-INF\b/,
  ],
  ['an exception', /\b(?:[a-z_]\w{0,60}\.){1,12}[A-Z]\w{0,100}(?:Exception|Error|Failure|Fault)\b/],
  ['an exception', /\b(?:[A-Z]\w{0,60}\.){1,12}\w{0,100}Exception\b/],
  ['an exception', /\b[A-Z][a-z]{1,40}[A-Z]\w{0,100}Exception\b/],
  [
    'an exception',
    /\b(?:Type|Reference|Range|Syntax|Key|Value|Attribute|Index|Name|ZeroDivision|Import|ModuleNotFound|Runtime|Recursion|Assertion|Unicode|NoMethod|Argument)Error: /,
  ],
  [
    'a database',
    /\b(?:ORA|PLS|TNS|SP2|DB2|SQLCODE=?|IMS)-\d{3,5}\b|\bSQL(?:STATE|CODE)\b|\bSQL\d{4,5}[NW]\b|\bERROR \d{4} \([0-9A-Z]{5}\)/,
  ],
  [
    'a database',
    /\bMsg \d{1,6}, Level \d|Incorrect syntax near|Unclosed quotation mark|Invalid (?:object|column) name|Cannot insert duplicate key|String or binary data would be truncated/i,
  ],
  [
    'a database',
    /\b(?:relation|column|table|schema|function|sequence) ["'`][^"'`\n]{1,100}["'`] (?:of relation ["'`][^"'`\n]{1,100}["'`] )?(?:does not|doesn['’]t|already) exist|\bno such (?:table|column)\b/i,
  ],
  [
    'a database',
    /violates (?:unique|foreign key|not-null|check|exclusion) constraint|syntax error at or near|You have an error in your SQL|Unknown column ['"`]|Duplicate entry '|deadlock (?:detected|found)|\bE11000\b|could not execute (?:statement|query)/i,
  ],
  [
    'a database',
    /\bSELECT\s[^;\n]{1,300}\sFROM\s|\bINSERT INTO\s|\bUPDATE\s+\S{1,100}\s+SET\s|\bDELETE FROM\s|\bselect \* from\b|\b(?:jdbc:[a-z]|(?:mongodb(?:\+srv)?|postgres(?:ql)?|mysql|redis|rediss|amqps?|ldaps?|kafka):\/\/)/,
  ],
  [
    'a database',
    /\b(?:SQLITE_[A-Z]{3,20}|psycopg2?|HikariPool|PG::|Npgsql|OracleClient|SqlClient|MongoServer|Hibernate|Sequelize|SQLAlchemy|ActiveRecord)\b/,
  ],
  [
    'software and its version',
    /\b(?:nginx|openresty|apache|httpd|tomcat|coyote|jetty|undertow|netty|iis|express|kestrel|werkzeug|gunicorn|uvicorn|waitress|envoy|kong|varnish|squid|haproxy|weblogic|websphere|jboss|wildfly|glassfish|spring(?: |-)?boot|php|python|ruby|perl|java|node(?:\.js)?|openssl|debian|ubuntu|datapower|apigee|axway|mulesoft)(?: server)?[/ (]v?\d{1,4}(?:[.)_-]|\b)/i,
  ],
  [
    'software and its version',
    /Apache Tomcat|Microsoft-IIS|Microsoft-HTTPAPI|ASP\.NET|Whitelabel Error Page|Server Error in '|\bWebLogic Server\b|\bDjango Version\b|<center>nginx/i,
  ],
  [
    'an address inside',
    /(?:^|[^\d.])(?:10\.\d{1,3}|127\.\d{1,3}|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.\d{1,3}\.\d{1,3}(?![\d.]*\d\.\d)/,
  ],
  [
    'an address inside',
    /(?:^|[^\d.])(?:\d{1,3}\.){3}\d{1,3}:\d{2,5}\b|(?:^|[^\w:])(?:f[cd][0-9a-f]{2}|fe80):[0-9a-f:]{1,40}|\[::1\]|\blocalhost\b/i,
  ],
  [
    'an address inside',
    /\b[\w-]{1,63}\.(?:local|localdomain|internal|intranet|corp|lan|svc|home\.arpa|consul|priv)\b(?!\.\w)/i,
  ],
  ['an address inside', /\b(?:https?|tcp|wss?):\/\/[a-z0-9_-]{1,63}(?::\d{1,5})?(?:[/\s"'?]|$)/i],
  [
    'an address inside',
    /\b(?=[a-z0-9-]{0,62}(?:db|sql|core|app|api|svc|srv|node|host|prod|mq|redis|kafka|mongo|backend|internal))[a-z][a-z0-9-]{1,62}:\d{4,5}\b/,
  ],
  [
    'an address inside',
    /\b(?:E(?:CONN(?:REFUSED|RESET|ABORTED)|TIMEDOUT|NOTFOUND|HOSTUNREACH|AI_AGAIN|PIPE)|UnknownHost)\b|\b(?:connection|connect) (?:refused|reset|timed out)\b|\bno route to host\b|\bupstream (?:connect|prematurely|timed)|\bread timed out\b/i,
  ],
  [
    'a path on a disk',
    /(?:^|[\s"'`(=:,[])\/(?:usr|var|etc|home|opt|srv|root|tmp|proc|mnt|Users|private|nix|run)\/[\w.-]/,
  ],
  ['a path on a disk', /(?:^|[^A-Za-z])[A-Za-z]:\\[\w$. -]|(?:^|[\s"'(=])\\\\[\w.-]{1,100}\\[\w$]/],
  ['a page', /<(?:!doctype|html|head|body|title|pre|h1|center|script|br)\b/i],
  [
    'a credential',
    /\beyJ[\w-]{8,}\.[\w-]{8,}\.|\b(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?token)\s?[=:]\s?\S|-----BEGIN |\bAKIA[0-9A-Z]{16}\b/i,
  ],
]

/** What a text tells of the inside of the bank; `undefined`: nothing that we know. */
export function leakIn(text: string): Leak | undefined {
  for (const [leak, pattern] of LEAKS) if (pattern.test(text)) return leak
  return undefined
}

/** The first leak in any text of a JSON value. What is too long, or no JSON, is judged as one. */
export function leakInJson(json: string): Leak | undefined {
  if (json.length > MAX_ERROR_CHARACTERS) return 'a page'
  const tree = readTree(json, MAX_ERROR_DEPTH)
  return typeof tree === 'string' ? 'a page' : leakInTree(tree)
}

function leakInTree(tree: JsonTree): Leak | undefined {
  if (tree.kind === 'string') return leakIn(tree.value)
  const inner =
    tree.kind === 'array' ? tree.items : tree.kind === 'object' ? tree.members.values() : []
  for (const one of inner) {
    const leak = leakInTree(one)
    if (leak !== undefined) return leak
  }
  return undefined
}
