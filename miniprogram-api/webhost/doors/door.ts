/** How the pages reach the world where they run: whose they are, how one logs in, how one pays. */
export interface Door {
  /** Which account's page this is; each keeps its own token. Missing where there is but one. */
  account?(): string
  /** Where codes become tokens. */
  readonly login: string
  /** What is sent there with a code of `code`. */
  proof(code: string): object
  /** A fresh log-in code; may leave the page and never come back. */
  code(): Promise<string>
  /** Pay; rejects with CANCELLED when the payer closed the window, with another sentence when it failed. */
  pay(wish: PayWish): Promise<void>
  /** What the camera read; missing where there is no camera to ask. */
  scan?(): Promise<string>
  /** The code of the phone button; missing where there is none. Rejects when the person says no. */
  phone?(): Promise<string>
}

/** The arguments of wx.requestPayment. */
export interface PayWish {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType?: string
  paySign: string
}

export const CANCELLED = 'cancel'
