/** Which language a page is in: what the third party asked for (`ui_locales`), else what the browser does, else English. */
import { type Catalogue, ENGLISH, type Message } from './english.ts'
import { GERMAN } from './german.ts'
import { foreign, html, type Html } from './html.ts'

export interface Language {
  /** BCP 47. */
  readonly tag: string
  say(message: Message): string
  /** With somebody else's text in it. */
  about(message: Message, name: string): Html
  /** A day, as it is written here, in UTC. */
  day(at: number): string
  /** An amount keeps its digits; only the sign between them is the language's. */
  amount(amount: string, currency: string): string
}

const MAX_TAGS = 20
const LANGUAGES: ReadonlyMap<string, Language> = new Map(
  [ENGLISH, GERMAN].map((catalogue) => [catalogue.language, languageOf(catalogue)]),
)
const FALLBACK = languageOf(ENGLISH)

export function chooseLanguage(
  locales: string | undefined,
  accepted: string | undefined,
): Language {
  const asked = (locales ?? '').split(' ').slice(0, MAX_TAGS)
  const browser = (accepted ?? '')
    .split(',')
    .slice(0, MAX_TAGS)
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim())
      const q = parameters.find((part) => part.startsWith('q='))?.slice(2)
      return { tag, weight: q === undefined ? 1 : Number(q) }
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  for (const tag of [...asked, ...browser.map((one) => one.tag)]) {
    const found = LANGUAGES.get(tag.toLowerCase().split('-')[0] ?? '')
    if (found !== undefined) return found
  }
  return FALLBACK
}

function languageOf(catalogue: Catalogue): Language {
  const days = new Intl.DateTimeFormat(catalogue.language === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'long',
    timeZone: 'UTC',
  })
  return {
    tag: catalogue.language,
    say: (message) => catalogue[message],
    about(message, name) {
      const [before, after] = catalogue[message].split('{0}')
      return html`${before}${foreign(name)}${after}`
    },
    day: (at) => days.format(at),
    amount: (amount, currency) =>
      `${catalogue.language === 'de' ? amount.replace('.', ',') : amount} ${currency}`,
  }
}
