/**
 * A browser without script, and the customer before it: pages come over HTTP, cookies are kept, forms are filled in by what stands on the
 * page. What a customer does is in one place (`ANSWERS`), so that another step of the bank is another line there.
 */
import { type Bank, type Connection, connection } from '../third-party/bank.ts'
import type { Elements } from './device.ts'

export interface Person {
  readonly username: string
  readonly password: string
  /** Absent: the bank gave nothing, and a page that asks for it is left alone. */
  readonly elements?: Elements
  /** Which of the accounts that the page offers. */
  readonly accounts: readonly string[]
}
export interface CustomerBrowser {
  /** Headings of the pages that were seen, oldest first; pages of one journey under one heading are one. */
  readonly seen: readonly string[]
  /** How often the customer gave more than a password. */
  readonly authenticated: number
  /** Follows an address of the bank until it leads elsewhere: logs in, picks accounts, says yes. @throws Error with the page that it does not know */
  approve(address: URL): Promise<URL>
  /** Ends a consent on the customer's own page. */
  withdraw(consent: string): Promise<void>
}

interface Page {
  readonly title: string
  readonly text: string
}
interface Form {
  readonly action: string
  /** Hidden fields with their values, and values of boxes that can be ticked. */
  readonly hidden: readonly Field[]
  readonly boxes: readonly Field[]
  /** What the customer's device is to answer. */
  readonly question: string | undefined
}
type Field = readonly [name: string, value: string]

const MOST_PAGES = 20
/** Where what is more than a password goes. */
const STRONG = /\/sca$/
/** What the customer does with a form, by where it leads; a form that is not named here is left alone. */
const ANSWERS: readonly (readonly [
  leads: RegExp,
  fields: (who: Person, form: Form) => Field[] | undefined,
])[] = [
  [
    /\/login$/,
    ({ username, password }) => [
      ['username', username],
      ['password', password],
    ],
  ],
  [
    STRONG,
    ({ elements }, { question }) =>
      elements === undefined || question === undefined
        ? undefined
        : [
            ['passcode', elements.passcode],
            ['transaction-code', elements.codeFor(question)],
          ],
  ],
  [
    /\/confirm$/,
    ({ accounts }, { boxes }) => boxes.filter(([, value]) => accounts.includes(value)),
  ],
]

export function customerBrowser(bank: Bank, who: Person): CustomerBrowser {
  const ask = connection(bank)
  const jar = cookieJar()
  const seen: string[] = []
  /** Of the page before it, in the same journey. */
  let last = ''
  let authenticated = 0

  /** Redirects are followed for as long as they stay at the bank. */
  async function open(address: URL, form?: URLSearchParams): Promise<Page | URL> {
    let at = address
    let body = form
    for (let hop = 0; hop < MOST_PAGES; hop++) {
      if (at.origin !== bank.issuer) return at
      const response = await sent(ask, at, jar.header(at), body)
      jar.keep(response.headers.getSetCookie())
      const location = response.headers.get('location')
      const text = await response.text()
      if (location === null) {
        const title = plain(/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(text)?.[1] ?? '')
        if (title !== last) seen.push(title)
        last = title
        return { title, text }
      }
      ;[at, body] = [new URL(location, at), undefined]
    }
    throw new Error('the bank redirects without end')
  }
  const submit = (form: Form, fields: readonly Field[]): Promise<Page | URL> =>
    open(new URL(form.action, bank.issuer), bodyOf([...form.hidden, ...fields]))

  /** Answers page after page until there is nothing to answer. */
  async function answered(first: Page | URL): Promise<Page | URL> {
    let shown = first
    for (let pages = 0; pages < MOST_PAGES && !(shown instanceof URL); pages++) {
      const known = formsOf(shown.text).flatMap((form) =>
        ANSWERS.flatMap(([leads, answer]) => {
          const fields = leads.test(form.action) ? answer(who, form) : undefined
          return fields === undefined ? [] : [{ form, fields }]
        }),
      )[0]
      if (known === undefined) return shown
      if (STRONG.test(known.form.action)) authenticated++
      shown = await submit(known.form, known.fields)
    }
    return shown
  }

  return {
    seen,
    get authenticated() {
      return authenticated
    },
    async approve(address) {
      last = ''
      const end = await answered(await open(address))
      if (end instanceof URL) return end
      throw new Error(`the bank shows “${end.title}”, and the customer does not know what to do`)
    },
    async withdraw(consent) {
      await answered(await open(new URL('/permissions', bank.issuer)))
      const page = await open(new URL(`/permissions/${consent}`, bank.issuer))
      const form =
        page instanceof URL
          ? undefined
          : formsOf(page.text).find(({ action }) => action.endsWith('/withdraw'))
      if (form === undefined) throw new Error('there is nothing to withdraw')
      const end = await submit(form, [])
      if (!(end instanceof URL) && formsOf(end.text).some(({ action }) => action === form.action))
        throw new Error(`the bank shows “${end.title}”, and the permission is still there`)
    },
  }
}

/** As a browser sends it: who asks for a form's address says which page it was on. */
function sent(ask: Connection, at: URL, cookie: string, body: URLSearchParams | undefined) {
  const headers = { cookie, accept: 'text/html', 'accept-language': 'en' }
  if (body === undefined) return ask(at, { headers })
  const from = { origin: at.origin, 'sec-fetch-site': 'same-origin' }
  return ask(at, { method: 'POST', headers: { ...headers, ...from }, body })
}

function bodyOf(fields: readonly Field[]): URLSearchParams {
  return new URLSearchParams(fields.map(([name, value]) => [name, value]))
}

function cookieJar() {
  const cookies = new Map<string, { readonly value: string; readonly path: string }>()
  return {
    keep(lines: readonly string[]): void {
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split(/;\s*/)
        const at = pair.indexOf('=')
        const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
        const path = attributes.find((one) => /^path=/i.test(one))?.slice('path='.length) ?? '/'
        const gone = attributes.some((one) => /^(?:max-age=0|expires=thu, 01 jan 1970)/i.test(one))
        if (gone) cookies.delete(name)
        else cookies.set(name, { value, path })
      }
    },
    header: ({ pathname }: URL): string =>
      [...cookies]
        .filter(([, { path }]) => pathname.startsWith(path))
        .map(([name, { value }]) => `${name}=${value}`)
        .join('; '),
  }
}

function formsOf(page: string): readonly Form[] {
  return [...page.matchAll(/<form[^>]* action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].map(
    ([, action = '', inside = '']) => {
      const inputs = [...inside.matchAll(/<input\b([^>]*)>/g)].map(([, words = '']) => words)
      const fieldsOf = (type: string): readonly Field[] =>
        inputs
          .filter((words) => words.includes(`type="${type}"`))
          .map((words) => [attribute(words, 'name'), attribute(words, 'value')])
      const question = /<code>([0-9a-f]{64})<\/code>/.exec(inside)?.[1]
      return {
        action: plain(action),
        hidden: fieldsOf('hidden'),
        boxes: fieldsOf('checkbox'),
        question,
      }
    },
  )
}

function attribute(words: string, name: string): string {
  return plain(new RegExp(`\\b${name}="([^"]*)"`).exec(words)?.[1] ?? '')
}

/** Text of a piece of HTML. */
function plain(html: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&#x?([0-9a-f]+);/gi, (whole, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, whole.includes('x') ? 16 : 10)),
    )
    .replaceAll(/&(\w+);/g, (whole, name: string) => named[name] ?? whole)
    .replaceAll(/\s+/g, ' ')
    .trim()
}
