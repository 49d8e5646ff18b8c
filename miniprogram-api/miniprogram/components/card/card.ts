/** A raised surface; `rows` when it holds lines of a list. */
Component({ properties: { rows: Boolean } })
