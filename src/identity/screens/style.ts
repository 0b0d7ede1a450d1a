/** The look of the pages, by tokens: a bank says its name and colour, and both light and dark can be read (WCAG 2.2 AA). */

export interface Brand {
  readonly name: string
  /** `#1d4f91`. */
  readonly accent: string
}
export const DEFAULT_BRAND: Brand = { name: 'Your bank', accent: '#1d4f91' }

/** WCAG 2.2, relative luminance. */
export function luminance(colour: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}
/** Of black and white one is always readable on a colour: the worse of the two best is 4.58. */
export const textOn = (colour: string): string =>
  contrast(colour, '#ffffff') >= contrast(colour, '#000000') ? '#ffffff' : '#000000'

export const LIGHT = {
  page: '#f4f5f7',
  card: '#ffffff',
  text: '#1a1d21',
  quiet: '#4c545e',
  line: '#767e88',
  error: '#a3160c',
}
export const DARK = {
  page: '#14171a',
  card: '#1e2226',
  text: '#f1f3f5',
  quiet: '#b8c0c8',
  line: '#8b949e',
  error: '#ff9b90',
}

const tokens = (of: Readonly<Record<string, string>>): string =>
  Object.entries(of)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')

export function styleSheet({ accent }: Brand): string {
  return `:root{color-scheme:light dark;${tokens(LIGHT)};--accent:${accent};--on-accent:${textOn(accent)}}
@media (prefers-color-scheme:dark){:root{${tokens(DARK)}}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:40rem;margin:0 auto;padding:1rem}
body{border-top:.5rem solid var(--accent)}
header{font-weight:700}
main{background:var(--card);border-radius:.5rem;padding:1.5rem}
footer{color:var(--quiet)}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}
h2{font-size:1.125rem;margin:1.5rem 0 .5rem}
dl{display:grid;grid-template-columns:minmax(7rem,1fr) 2fr;gap:.25rem 1rem;margin:0}
dt{color:var(--quiet)}
dd{margin:0;font-weight:600}
label{display:block;margin:1rem 0 .25rem}
fieldset{border:1px solid var(--line);border-radius:.25rem;margin:1rem 0;padding:.5rem 1rem}
fieldset label{display:flex;gap:.75rem;align-items:center;min-height:2.75rem;margin:0}
fieldset.typed{border:0;border-top:1px solid var(--line);border-radius:0;padding:1rem 0 0}
fieldset.typed label{display:block;margin:1rem 0 .25rem;min-height:0}
legend{padding:0 .5rem 0 0}
button:disabled{opacity:.6;cursor:not-allowed}
input:not([type=checkbox]){width:100%;min-height:2.75rem;padding:.5rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.25rem}
input[type=checkbox]{width:1.5rem;height:1.5rem;flex:none}
button,a.button{display:inline-block;min-height:2.75rem;padding:.5rem 1.25rem;margin:1rem .5rem 0 0;font:inherit;font-weight:600;border-radius:.25rem;border:1px solid var(--line);background:var(--card);color:var(--text);cursor:pointer}
button.ends{color:var(--error);border-color:var(--error)}
button.main,a.button{background:var(--accent);color:var(--on-accent);border-color:var(--text)}
a{color:inherit;text-decoration:underline}
a.button{text-decoration:none}
:focus-visible{outline:3px solid var(--text);outline-offset:2px}
.error{border-left:.25rem solid var(--error);padding-left:1rem;color:var(--error)}
.amount{font-size:1.5rem}
ul.plain{list-style:none;padding:0}
ul.plain>li{border-top:1px solid var(--line);padding:.75rem 0}
@media (max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}button,a.button{width:100%;text-align:center}}
`
}
