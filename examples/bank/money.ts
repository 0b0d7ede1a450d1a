/** `12345` pence → `123.45`. Text all the way: an amount is never a floating-point number. */
export function pounds(pence: number): string {
  const absolute = Math.abs(pence)
  return `${Math.floor(absolute / 100)}.${String(absolute % 100).padStart(2, '0')}`
}

export function gbp(pence: number): { Amount: string; Currency: 'GBP' } {
  return { Amount: pounds(pence), Currency: 'GBP' }
}

export function direction(pence: number): 'Credit' | 'Debit' {
  return pence < 0 ? 'Debit' : 'Credit'
}

/** RFC 3339 without milliseconds. */
export function time(at: number): string {
  return new Date(at).toISOString().replace('.000Z', '+00:00')
}
