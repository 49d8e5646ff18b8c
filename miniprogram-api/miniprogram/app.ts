import { preferences } from './preferences'

App({
  onLaunch() {
    void preferences.refresh()
  },
})
