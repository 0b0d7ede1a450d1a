/** What is wrong with a template, and at which member. */
export interface TemplateFault {
  readonly text: string
  readonly path: readonly string[]
}

export function at(path: readonly string[], text: string): TemplateFault {
  return { path, text }
}
