/** An outcome that is expected to fail now and then. Mistakes of our own programmer are thrown instead. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }
