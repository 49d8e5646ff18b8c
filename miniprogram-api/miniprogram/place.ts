/** Where the API is, and where log-in codes become tokens. The browser host puts its own place here. */
export const place = {
  api: 'https://dianyuan.example.com',
  login: '/api/mp/v1/login',
  /** What is sent there: the code of wx.login, and whose it is. */
  proof: (code: string): object => ({ appid: wx.getAccountInfoSync().miniProgram.appId, code }),
}
