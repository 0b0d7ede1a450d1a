/**
 * Where a recorded request would go in a draft. The event holds the route and not the path, so each parameter gets a value of ours; that
 * is only right where no other route of the draft could have taken the real value.
 */
import { type Plan, type PlanApi, writeRoute } from '../../decide/index.ts'

export interface Routes {
  /** A target of the recorded route, or why none can stand for it. `before`: the plan of then, if it is known. */
  targetOf(route: string, before: Plan | undefined): { readonly target: string } | undefined
  /** Both plans send every path to the same place. */
  sameAs(before: Plan): boolean
}

/** What stands for the value of a parameter: the label is between the marks. Nothing that people call a path looks like it. */
export function valueFor(name: string): string {
  return `zz~${Buffer.from(name).toString('hex')}~zz`
}

/** The parameter whose value it stands for. */
export function nameOf(value: string): string | undefined {
  const hex = /^zz~([0-9a-f]*)~zz$/.exec(value)?.[1]
  return hex === undefined ? undefined : Buffer.from(hex, 'hex').toString()
}

type Shape = readonly string[]

export function routesOf(draft: Plan): Routes {
  const shapes = shapesOf(draft)
  const signature = signatureOf(draft)
  const targets = new Map<string, { readonly target: string } | undefined>()
  const befores = new WeakMap<Plan, { readonly shapes: ReadonlySet<string>; same: boolean }>()
  const seen = (plan: Plan): { readonly shapes: ReadonlySet<string>; same: boolean } => {
    let known = befores.get(plan)
    if (known === undefined) {
      known = {
        shapes: new Set(shapesOf(plan).map((shape) => shape.join('/'))),
        same: signatureOf(plan) === signature,
      }
      befores.set(plan, known)
    }
    return known
  }
  const find = (
    route: string,
    before: ReadonlySet<string> | undefined,
  ): { readonly target: string } | undefined => {
    const own = shapeOf(route)
    // A fixed part of a mixed segment that has our marks in it would be read as a value.
    if (
      own.some((segment) => segment.includes('{') && segment !== PARAMETER && /[z~]/.test(segment))
    )
      return undefined
    const text = own.join('/')
    const stays = shapes.some((shape) => shape.join('/') === text)
    for (const shape of shapes) {
      const other = shape.join('/')
      if (other === text || before?.has(other) === true || !mayBoth(own, shape)) continue
      // A vaguer route takes nothing from one that is still there.
      if (!(stays && isVaguer(shape, own))) return undefined
    }
    try {
      return { target: writeRoute(route === '' ? '/' : route, valueFor) }
    } catch {
      return undefined
    }
  }
  return {
    targetOf(route, before) {
      const known = before === undefined ? undefined : seen(before)
      const key = known?.same === true ? route : `${before?.digest ?? ''} ${route}`
      if (!targets.has(key)) targets.set(key, find(route, known?.shapes))
      return targets.get(key)
    },
    sameAs: (before) => seen(before).same,
  }
}

const PARAMETER = '{}'
/** Stands for whatever is below the base path of an API: the base alone decides whose it is. */
const REST = '**'

/** Every route, and every base path by itself: a longer base path takes a request from a shorter one whatever follows. */
function shapesOf(plan: Plan): readonly Shape[] {
  return plan.apis.flatMap((api) => [
    [...shapeOf(api.basePath), REST],
    ...(api.state === 'active'
      ? api.operations.map(({ path }) => shapeOf(api.basePath + path))
      : []),
  ])
}

function shapeOf(route: string): Shape {
  return route
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll(/\{[^{}]*\}/g, PARAMETER))
}

/** Whether some path has both shapes. */
function mayBoth(route: Shape, other: Shape): boolean {
  const open = other.at(-1) === REST
  const fixed = open ? other.slice(0, -1) : other
  if (open ? route.length < fixed.length : route.length !== fixed.length) return false
  let vague = false
  for (let at = 0; at < fixed.length; at++) {
    const [a = '', b = ''] = [route[at], fixed[at]]
    if (a === b) continue
    if (!a.includes('{') && !b.includes('{')) return false
    vague = true
  }
  // The same fixed base is no rival: the kernel itself follows it.
  return open ? vague : true
}

/** Wherever they differ the other has a parameter where the route has fixed text. */
function isVaguer(other: Shape, route: Shape): boolean {
  return (
    other.length === route.length &&
    other.every((segment, at) => segment === route[at] || segment === PARAMETER)
  )
}

function signatureOf({ apis }: Plan): string {
  return JSON.stringify(apis.map(linesOf).toSorted())
}
function linesOf(api: PlanApi): string {
  const operations =
    api.state === 'active' ? api.operations.map(({ method, path }) => `${method} ${path}`) : []
  return JSON.stringify([api.name, api.state, api.basePath, operations.toSorted()])
}
