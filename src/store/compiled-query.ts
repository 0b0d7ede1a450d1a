/** Queries that are compiled once: to build and compile one takes several times as long as SQLite needs to run it. */
import type { CompiledQuery } from 'kysely'

/**
 * A query for any values: built at its first use with a mark in place of each value, afterwards only filled in. `build` may hand the values
 * it is given to the builder, and may not look at them.
 * @example const removeKey = compiledQuery(['id'], ({ id }: { id: string }) => db().deleteFrom('key').where('id', '=', id).compile())
 */
export function compiledQuery<V extends object>(
  names: readonly (keyof V & string)[],
  build: (values: V) => CompiledQuery,
): (values: V) => CompiledQuery {
  let made: { readonly query: CompiledQuery; readonly slots: readonly Slot<V>[] } | undefined
  return (values) => {
    made ??= compile(names, build)
    const { query, slots } = made
    const parameters = slots.map((slot) => ('name' in slot ? values[slot.name] : slot.constant))
    return { ...query, parameters }
  }
}

type Slot<V> = { readonly name: keyof V } | { readonly constant: unknown }

function compile<V extends object>(
  names: readonly (keyof V & string)[],
  build: (values: V) => CompiledQuery,
): { readonly query: CompiledQuery; readonly slots: readonly Slot<V>[] } {
  const marks = new Map(names.map((name) => [`mark:${name}`, name]))
  const marked = Object.fromEntries(names.map((name) => [name, `mark:${name}`]))
  // Sound: a builder takes any value as a parameter, and `build` looks at none.
  const query = build(marked as V)
  const slots = query.parameters.map((constant): Slot<V> => {
    const name = typeof constant === 'string' ? marks.get(constant) : undefined
    return name === undefined ? { constant } : { name }
  })
  for (const name of names)
    if (!slots.some((slot) => 'name' in slot && slot.name === name))
      throw new TypeError(`the query has no place for ${name}`)
  return { query, slots }
}
