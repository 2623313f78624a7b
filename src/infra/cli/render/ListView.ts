/** How a list is to be shown: as a page that begins at `offset`, in at most `width` columns. */
export interface ListView {
  readonly offset: number
  readonly reveal: boolean
  readonly width?: number | undefined
}
