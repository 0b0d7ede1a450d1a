/** How banks name things, without their ways of writing: `account-id`, `account_id` and `AccountId` are one name. */

/** Lower case, letters and digits only. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

const OTHER_SIDE =
  /creditor|debtor|beneficiar|payee|payer|counterpart|recipient|sender|merchant|destination|target|linked|related|^to$|^to(?=account|iban)/

/** A name of the other side of a payment: its account is nobody's consent here. */
export function isOtherSide(name: string): boolean {
  return OTHER_SIDE.test(plainName(name))
}

/** The name of a parameter that names an account of the customer. */
export function isAccountParameter(name: string): boolean {
  const plain = plainName(name.replace(/^x-/i, ''))
  return (
    !isOtherSide(name) &&
    /(account|acct|konto|konten|conta|cuenta|compte|rekening)(ids?|identifiers?|numbers?|no|refs?|references?|uid|uuid|resourceid|key|guid)$|^(iban|bban|accid)s?$/.test(
      plain,
    )
  )
}

/** The name of a parameter that names the customer: `customer_id`, `userId`. A party may be another holder of the account. */
export function isCustomerParameter(name: string): boolean {
  return (
    !isOtherSide(name) &&
    /^(customer|user|psu|subject|kunden?|cliente)(id|identifier|number|no|nr|ref|reference|uid|uuid|guid|key)$/.test(
      plainName(name),
    )
  )
}

/** `/customers/{id}`, `/users/{id}`. */
export function isCustomerContainer(name: string): boolean {
  return /^(customers?|users?|kunden|clientes)$/.test(plainName(name))
}

/** `accounts`, `card-accounts`, `bankAccount`, `accountList`: a collection or an object that is the account itself. */
export function isAccountContainer(name: string): boolean {
  return (
    !isOtherSide(name) &&
    /(accounts?|konto|konten|contas?|cuentas?|comptes?|rekening(en)?)(list|details?|data|info)?$/.test(
      plainName(name),
    )
  )
}

/** `data`, `result`, `_embedded`: says nothing of what it holds, so the path's own word stands for it. */
export function isWrapper(name: string): boolean {
  return /^(data|result|results|response|content|payload|item|items|embedded|value|body)?$/.test(
    plainName(name),
  )
}

export function isLinks(name: string): boolean {
  return /^links?$/.test(plainName(name))
}

export function isTransactionContainer(name: string): boolean {
  return /transactions?(list|details?|data)?$|^(booked|pending|entries|movements)$/.test(
    plainName(name),
  )
}

/** Not booked yet: there is no booking date to compare. */
export function isPendingContainer(name: string): boolean {
  return /pending|information$|future/.test(plainName(name))
}
