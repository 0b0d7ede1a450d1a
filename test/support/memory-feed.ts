/** A projection that a test writes by hand. */
import type { ClientRecord, ConsentRecord, Projection } from '../../src/feed/index.ts'

export class MemoryFeed implements Projection {
  readonly clients = new Map<string, ClientRecord>()
  readonly consents = new Map<string, ConsentRecord>()
  readonly revocations = new Set<string>()
  age = 0
  readonly seq = 1

  client(id: string): ClientRecord | undefined {
    return this.clients.get(id)
  }

  consent(id: string): ConsentRecord | undefined {
    return this.consents.get(id)
  }

  revoked(key: string): boolean {
    return this.revocations.has(key)
  }

  ageMs(): number {
    return this.age
  }

  addClient(id: string, status: ClientRecord['status'] = 'active'): void {
    this.clients.set(id, { id: id as ClientRecord['id'], name: id, status }) // sound: a test's own id
  }

  addConsent(id: string, changes: Partial<ConsentRecord> = {}): void {
    this.consents.set(id, {
      id: id as ConsentRecord['id'], // sound: a test's own id
      client: 'tpp-a' as ConsentRecord['client'], // sound: a test's own id
      subject: 'customer-1',
      status: 'AUTH',
      permissions: new Set([
        'ReadAccountsBasic',
        'ReadTransactionsBasic',
        'ReadTransactionsDetail',
        'ReadTransactionsCredits',
        'ReadTransactionsDebits',
      ]),
      accounts: new Set(['A1', 'A2']),
      ...changes,
    })
  }
}
