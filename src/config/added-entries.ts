/** Entries that an edit adds to a configuration, as lines or in brackets. */

export interface AddedEntry {
  readonly key: string
  readonly value: string | readonly string[]
  /** A comment behind it. In brackets there is no room for one. */
  readonly note?: string
}

export function inLines(entries: readonly AddedEntry[]): readonly string[] {
  return entries.map(
    ({ key, value, note }) =>
      `${written(key)}: ${valueText(value)}${note === undefined ? '' : ` # ${note}`}`,
  )
}

export function inBrackets(entries: readonly AddedEntry[], isJson: boolean): string {
  return entries
    .map(
      ({ key, value }) =>
        `${isJson ? JSON.stringify(key) : written(key)}: ${isJson ? JSON.stringify(value) : valueText(value)}`,
    )
    .join(', ')
}

function valueText(value: AddedEntry['value']): string {
  return typeof value === 'string' ? written(value) : `[${value.map(written).join(', ')}]`
}

/** As a plain word where YAML reads it as the same text everywhere, else in double quotes: JSON's escapes are YAML's. */
function written(text: string): string {
  return /^[A-Za-z/](?:[A-Za-z0-9/._@:-]*[A-Za-z0-9/])?$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text)
}
