import { call } from './client/call'
import { preferences } from './preferences'

App({
  onLaunch() {
    preferences.refresh(call('get', '/api/mp/v1/settings', {}))
  },
})
