/** What the pages of "my security" say. */
export const SECURITY_ENGLISH = {
  security: 'My security',
  securityIntro: 'With these you confirm payments and who may see your accounts.',
  securityNone: 'You have set up nothing yet with which you could confirm.',
  securityNoticed:
    'Is there something here that you did not set up, or did you lose something? Remove it, or tell your bank at once.',
  elementPasscode: 'Passcode',
  elementTotp: 'Authenticator app',
  elementTransactionCode: 'Device that makes codes',
  elementPasskey: 'Passkey',
  elementApproval: 'App that asks you',
  elementOneTimeCode: 'Codes that are sent to you',
  categoryKnowledge: 'something that only you know',
  categoryPossession: 'something that only you have',
  categoryPasskey: 'something that only you have, unlocked by you',
  addedOn: 'Added on',
  lastUsed: 'Last used',
  never: 'never',
  whatItIs: 'What it is',
  inUse: 'in use',
  notAccepted: 'not accepted by your bank any more',
  removedTitle: 'What was removed',
  removedOn: 'removed on',
  addElement: 'Add something',
  addIntro: 'What do you want to add?',
  useBankCode: 'I have a code from my bank',
  codesWaiting: 'Your bank sent you a code with which you can add this:',
  codeUntil: 'The code is valid until',
  lostTitle: 'Did you lose something, or can you not confirm any more?',
  lostText:
    'Ask your bank for a new code. It comes by post, in a branch or in another way that is not this page. With it you add what you need anew.',
  passcodeAbout: 'A secret of six or more characters that you type when you confirm.',
  transactionCodeAbout:
    'A device or app that is given amount and payee and shows a code for just this payment.',
  totpAbout:
    'An app that shows another code every half minute. It opens accounts; it does not pay.',
  passkeyAbout:
    'This device, or a key that you plug in, confirms by itself: you unlock it with your PIN, your fingerprint or your face.',
  passkeyCreateText:
    'Your device makes a key for this bank and keeps it. You unlock it as you always do; the bank never learns how.',
  createPasskey: 'Make a passkey',
  authoriseAdd: 'You add this, so that you can confirm with it',
  authoriseRemove: 'You remove this. You cannot confirm with it any more',
  ownDeviceRefused:
    'It was refused on your device, or the number was not right. Nothing was changed.',
  actQuestion: 'Give your device this number, then type the code that it shows:',
  bankCode: 'Code from your bank',
  bankCodeHint:
    'Twelve letters and digits, as in ABCD-EFGH-JKMN. Each code works once and for one thing.',
  secondCode: 'Second code from your bank',
  secondCodeHint:
    'For this your bank sends two codes by two ways, so that no one way is enough. Leave it empty if you were given one in a branch.',
  bankCodeWrong:
    'This code does not fit. It may have been used, it may be over, or it is for something else. After too many attempts you have to wait.',
  needsBankCode:
    'You cannot confirm this with what you have set up. Your bank sends you a code for it.',
  goOn: 'Go on',
  choosePasscode: 'Choose a passcode',
  passcodeRules:
    'At least six characters. No date, nothing that runs up or down or repeats, and nothing that many people choose.',
  newPasscode: 'New passcode',
  repeatPasscode: 'New passcode once more',
  passcodesDiffer: 'The two are not the same. Type it again.',
  labelOptional: 'A name by which you will know it (you may leave it empty)',
  scanOnce:
    'This secret is shown once. Put it into your app or device now, keep no copy, and let nobody see it.',
  openInApp: 'Open in the authenticator app on this device',
  secretText: 'Or type the secret',
  secretSuite: 'Kind of code',
  deviceSecret: 'Secret for the device',
  proveTotp: 'Code that the app shows now',
  proveTransactionCode: 'Code that the device shows for this number',
  secretShown:
    'The secret is not shown again. If it is not in your app or device yet, begin once more.',
  beginAgain: 'Begin again',
  finishAdd: 'Add',
  faultCommon: 'Many people choose this, or it is easily guessed. Choose another one.',
  faultTooShort: 'It is too short. Choose six characters or more.',
  faultTooLong: 'It is too long.',
  faultMalformed: 'There is a character in it that cannot be used.',
  faultWrongAnswer: 'The code is not right. Look at it once more.',
  faultNotAllowed: 'Your bank does not accept this one.',
  faultTaken: 'This one was set up before.',
  faultFull: 'You have too many already. Remove one first.',
  faultAuthenticate: 'You can confirm with what you have. This code is not needed for it.',
  addOverTitle: 'The time for this is over',
  addOverText: 'Nothing was added. Begin again under “My security”.',
  payees: 'Payees that you trust',
  payeesIntro:
    'A payment to one of these may go without your confirming it, if your bank allows that. You decide who is on the list; each change you confirm.',
  payeesNone: 'There is nobody on your list.',
  trustedSince: 'on the list since',
  addPayee: 'Trust a payee',
  addPayeeIntro:
    'Type name and account yourself, from an invoice or contract that you know. Whoever asks you on the phone to do this wants your money.',
  addPayeeText:
    'This payee comes on your list. Payments to this account may then go without your confirming them.',
  addPayeeButton: 'Trust this payee',
  payeeAccountHint: 'IBAN, or sort code and account number',
  payeeNameWrong:
    'Type the name of the payee, with letters of one script and nothing hidden in it.',
  payeeAccountWrong: 'This is no account. Look at it once more.',
  removePayee: 'Remove {0}',
  removePayeeTitle: 'Trust this payee no more',
  removePayeeText: 'This payee goes off your list. You confirm each payment to this account again.',
  payeeNotAllowed:
    'Your bank does not allow this at present. Nothing was changed. Try again later, or ask your bank.',
  payeeOver:
    'The time for this is over, or it cannot be confirmed with what you have set up. Nothing was changed. Begin again under “My security”.',
  payeesFull: 'Your list is full. Nothing was changed. Remove somebody first.',
  rename: 'Change its name',
  newLabel: 'Name',
  remove: 'Remove',
  removeThis: 'Remove {0}?',
  removeLast:
    'Afterwards you may not be able to confirm payments until your bank sends you a new code.',
  cannotRemove:
    'You cannot confirm this with what you have set up. If you lost something, call your bank: it removes it at once.',
} as const
