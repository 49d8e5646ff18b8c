import { fillPage, type Look } from './screen'

/** What a page of a long list keeps: its lines, where they go on, whether that is being read. */
export interface Paged<Line, Cursor> {
  lines: Line[]
  cursor: Cursor | null
  more: boolean
}
type Part<Line, Cursor> = Omit<Paged<Line, Cursor>, 'more'>
type Read<Line, Cursor> = (cursor: Cursor | null) => Promise<Part<Line, Cursor>>
interface Shown<Line, Cursor> {
  data: Look & Paged<Line, Cursor>
  setData(data: Partial<Look & Paged<Line, Cursor>>): void
}

export const ON_PAGE = 20
export const paged = <Line, Cursor>(): Paged<Line, Cursor> => ({ lines: [], cursor: null, more: false })

/** Read the newest lines; they take the place of what was there. */
export function readFirst<Line, Cursor>(page: Shown<Line, Cursor>, read: Read<Line, Cursor>): Promise<void> {
  return fillPage(page, async () => page.setData(await read(null)))
}

/** Read on from where the lines end; one request at a time, and for nothing when they were read anew meanwhile. */
export async function readNext<Line, Cursor>(page: Shown<Line, Cursor>, read: Read<Line, Cursor>): Promise<void> {
  const { cursor, more } = page.data
  if (cursor === null || more) return
  page.setData({ more: true })
  await fillPage(page, async () => {
    const told = await read(cursor)
    if (page.data.cursor === cursor) page.setData({ lines: [...page.data.lines, ...told.lines], cursor: told.cursor })
  })
  page.setData({ more: false })
}
