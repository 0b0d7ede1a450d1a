/**
 * A third party's first morning with the API: what it may see, what is trimmed, what is refused. It knows the gateway's address and
 * its tokens, nothing else; the same calls work from curl.
 */
export interface Call {
  readonly title: string
  readonly path: string
  readonly token: string
}

export interface CallResult {
  readonly call: Call
  readonly status: number
  /** `code` of the problem document, when it is one. */
  readonly code: string | undefined
  readonly title: string | undefined
  readonly decision: string | undefined
  readonly bytes: number
  readonly body: unknown
  readonly milliseconds: number
}

export async function play(origin: string, calls: readonly Call[]): Promise<CallResult[]> {
  const results: CallResult[] = []
  for (const call of calls) {
    const started = performance.now()
    const response = await fetch(origin + call.path, {
      headers: { authorization: `Bearer ${call.token}` },
    })
    const text = await response.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const problem =
      typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {} // sound: an object of unknowns
    const word = (name: string): string | undefined => {
      const value = problem[name]
      return typeof value === 'string' ? value : undefined
    }
    results.push({
      call,
      status: response.status,
      code: word('code'),
      title: word('title'),
      decision: word('decision') ?? response.headers.get('x-gatehouse-decision') ?? undefined,
      bytes: text.length,
      body,
      milliseconds: performance.now() - started,
    })
  }
  return results
}
