import type { components } from '../client/schema'
import { zh, type Words } from './zh'

type Medium = components['schemas']['Medium']

/** What is said of water meters instead: a valve opens and shuts, and water comes or does not. */
const ZH: Partial<Words> = {
  title_meter: '水表详情',
  supply_closed: '供水中',
  supply_open: '已停水',
  supply_unknown: '供水状态未知',
  credit_in_meter: '水表剩余金额',
  unreachable: '暂时联系不上水表',
  other_meters: '其他水电表', // those listed need not all be of water
  hint_off_no_credit: '余额不足，已停水；充值到账后恢复供水。',
  hint_off: '水表显示阀门已关，如非本单位操作请联系物业。',
  hint_debt: '已经欠费，请尽快充值，以免停水。',
  hint_unreachable: '以下是最后一次读到的数据。现在充值，水表恢复通讯后会自动充入。',
  order_on_the_way: '已付款，正在充入水表',
  order_checking: '正在向水表核对',
  order_refused: '水表没有接受',
  order_supply_off: '已到账，尚未开阀',
  step_sent: '发往水表',
  step_confirmed: '水表确认到账',
  step_supply_on: '供水正常',
  step_reading: '等待水表读数',
  usage_title: '近 30 天用水',
  usage_total: '共 {n} m³',
  usage_average: '日均 {n} m³',
  usage_most: '最高 {n} m³',
  usage_none: '还没有用水记录，水表读数满一天后显示。',
  usage_spoken: '近 30 天用水柱状图，共 {total} 立方米，日均 {average} 立方米，最高一天 {most} 立方米',
}
const EN: Partial<Words> = {
  title_meter: 'Water meter',
  supply_closed: 'Water on',
  supply_open: 'Water shut off',
  supply_unknown: 'Water supply not known',
  unreachable: 'Water meter cannot be reached',
  hint_off_no_credit: 'Out of credit, so the water is shut off. It comes back once a top-up arrives.',
  hint_off: 'The meter says its valve is shut. If that was not you, please ask the property company.',
  hint_debt: 'You are in debt. Please top up soon to keep the water on.',
  order_on_the_way: 'Paid, on its way to the water meter',
  order_checking: 'Asking the water meter',
  order_refused: 'The water meter did not accept it',
  order_supply_off: 'Credited, valve still shut',
  step_sent: 'Sent to the water meter',
  step_confirmed: 'Confirmed by the water meter',
  step_supply_on: 'Water on',
  usage_title: 'Water, last 30 days',
  usage_total: '{n} m³ in all',
  usage_average: '{n} m³ a day',
  usage_most: '{n} m³ at most',
  usage_spoken: 'Bar chart of water in the last 30 days: {total} cubic metres in all, {average} cubic metres a day, {most} cubic metres on the highest day',
}

/** The words of a language for a meter of this medium. */
export function wordsOfMedium(t: Words, medium: Medium): Words {
  if (medium !== 'water') return t
  return { ...t, ...(t === zh ? ZH : EN) }
}
