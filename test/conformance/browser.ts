/** The suite's browser: it follows redirects and keeps cookies, and does on pages what the `browser` member of the configuration says. */
import assert from 'node:assert/strict'
import type { Answer, Printed, Run } from './run.ts'

/** Of the configuration, in the suite's own form (its `BrowserControl`). */
export interface Scripted {
  readonly match: string
  readonly 'match-limit'?: number
  readonly tasks: readonly {
    readonly task: string
    readonly match: string
    readonly optional?: boolean
    readonly commands: readonly (readonly (string | number)[])[]
  }[]
}
/** `*` stands for anything. */
function matches(pattern: string, url: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (!url.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = part === '' ? url.length : url.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at === url.length
}

export class SuiteBrowser {
  readonly #cookies = new Map<string, string>()
  readonly #run: Run
  #at = new URL('https://nowhere.invalid')
  constructor(run: Run) {
    this.#run = run
  }
  /** Until it is sent to the suite or shown a page. */
  async open(address: string, form?: Readonly<Record<string, string>>): Promise<URL | Answer> {
    this.#at = new URL(address)
    const { origin } = this.#at
    let sent = form
    for (let hop = 0; hop < 12; hop++) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { cookie, ...(sent === undefined ? {} : { origin }) }
      const answer = await this.#run.ask(this.#at.href, {
        headers,
        ...(sent === undefined ? {} : { form: sent }),
      })
      sent = undefined
      for (const line of answer.headers.getSetCookie()) {
        const [pair = ''] = line.split(';')
        const name = pair.slice(0, pair.indexOf('='))
        const value = pair.slice(name.length + 1)
        if (value === '') this.#cookies.delete(name)
        else this.#cookies.set(name, value)
      }
      const location = answer.headers.get('location')
      if (location === null) return answer
      assert.equal(answer.status, 303, 'FAPI 2.0 SP 5.3.2.2-11')
      this.#at = new URL(location, this.#at)
      if (this.#at.origin !== origin) return this.#at
    }
    throw new Error('a redirect loop')
  }
  /** Goes there as the suite does: the first part of the configuration that matches and is not used up does the rest. */
  async play(address: string, parts: Printed['browser'], used: Map<object, number>) {
    const part = parts?.find((one) => {
      const times = used.get(one) ?? 0
      return matches(one.match, address) && times < (one['match-limit'] ?? Infinity)
    })
    assert.ok(part)
    used.set(part, (used.get(part) ?? 0) + 1)
    let end = await this.open(address)
    for (const { match, optional, commands } of part.tasks) {
      if (!matches(match, this.#at.href)) {
        assert.equal(optional, true, this.#at.href)
        continue
      }
      if (end instanceof URL) break // The suite's own page.
      const filled: Record<string, string> = {}
      for (const [command = '', by = '', target = '', value] of commands) {
        if (command === 'text') filled[String(target)] = String(value)
        else if (command === 'click') {
          const clicked: URL | Answer | undefined =
            by === 'class' ? await this.#submit(end, filled) : undefined
          if (clicked === undefined) continue
          end = clicked
          break
        }
      }
    }
    return end
  }
  /** The form with the main button; what is picked already stays so. */
  #submit(page: Answer, filled: Readonly<Record<string, string>>): Promise<URL | Answer> {
    const forms = page.text.split('<form ').slice(1)
    const form = forms.find((text) => text.includes('class="main"')) ?? ''
    const fields: Record<string, string> = {}
    for (const [tag] of form.matchAll(/<input[^>]*>/g)) {
      const attribute = (name: string): string | undefined =>
        new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]
      const name = attribute('name') ?? ''
      const type = attribute('type')
      if (type === 'checkbox' || type === 'radio') {
        if (fields[name] === undefined) fields[name] = attribute('value') ?? 'on'
      } else fields[name] = filled[attribute('id') ?? ''] ?? attribute('value') ?? ''
    }
    const action = /action="([^"]*)"/.exec(form)?.[1] ?? ''
    return this.open(new URL(action, this.#at).href, fields)
  }
}
