/** Pages as values: whatever is put into one is text, and stays text. There is no way around it but `Html` itself. */

export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
export type Part = string | number | Html | readonly Part[] | undefined

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Html {
  let text = parts[0] ?? ''
  values.forEach((value, at) => {
    text += render(value) + (parts[at + 1] ?? '')
  })
  return new Html(text)
}
function render(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(render).join('')
  return escape(String(part))
}

/** Controls, and what turns the direction of writing, are shown as what they are: nothing that a person can read. */
export function escape(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '')
}

/** What somebody else wrote, apart from the text around it whichever way it is written. */
export const foreign = (text: string): Html => html`<bdi>${text}</bdi>`
