import { cosineDistance, dotProduct, squaredDistance } from "../../../domain/session/distance.ts"
import type { Metric } from "../../../domain/session/fingerprint.ts"
import { Nearest } from "../Nearest.ts"
import type { Neighbour } from "../VectorStore.ts"

/**
 * Vectors of one kind and version in memory, one behind the other: a search goes through all of
 * them and leaves each as soon as it is too far away. Vectors are checked before they come here.
 */
export class ExactIndex {
  readonly #metric: Metric
  readonly #dimension: number
  readonly #ids: Array<string> = []
  readonly #places = new Map<string, number>()
  #numbers: Float32Array
  /** Of every vector, the scalar product with itself; only for cosine. */
  #squares: Float64Array

  constructor(metric: Metric, dimension: number, room = 16) {
    this.#metric = metric
    this.#dimension = dimension
    this.#numbers = new Float32Array(room * dimension)
    this.#squares = new Float64Array(metric === "cosine" ? room : 0)
  }

  get size(): number {
    return this.#ids.length
  }

  put(id: string, vector: Float32Array): void {
    let place = this.#places.get(id)
    if (place === undefined) {
      place = this.#ids.length
      this.#ids.push(id)
      this.#places.set(id, place)
      this.#makeRoom()
    }
    this.#numbers.set(vector, place * this.#dimension)
    if (this.#metric === "cosine") this.#squares[place] = dotProduct(vector, 0, vector)
  }

  get(id: string): Float32Array | undefined {
    const place = this.#places.get(id)
    return place === undefined ? undefined : this.#numbers.slice(...this.#bounds(place))
  }

  /** Answers whether it was there. The last vector takes its place. */
  remove(id: string): boolean {
    const place = this.#places.get(id)
    const last = this.#ids.pop()
    if (place === undefined || last === undefined) {
      if (last !== undefined) this.#ids.push(last)
      return false
    }
    this.#places.delete(id)
    if (last !== id) {
      this.#ids[place] = last
      this.#places.set(last, place)
      this.#numbers.copyWithin(place * this.#dimension, ...this.#bounds(this.#ids.length))
      if (this.#metric === "cosine") {
        this.#squares.copyWithin(place, this.#ids.length, this.#ids.length + 1)
      }
    }
    return true
  }

  nearest(vector: Float32Array, k: number): ReadonlyArray<Neighbour> {
    const nearest = new Nearest(k)
    if (this.#metric === "l2") this.#searchByDistance(vector, nearest)
    else this.#searchByAngle(vector, nearest)
    return nearest.sorted()
  }

  /** How many are at most so far away. */
  countWithin(vector: Float32Array, distance: number): number {
    const limit = distance * distance * (1 + 1e-15)
    const own = dotProduct(vector, 0, vector)
    let count = 0
    for (let place = 0; place < this.#ids.length; place++) {
      const offset = place * this.#dimension
      const away =
        this.#metric === "l2"
          ? Math.sqrt(squaredDistance(this.#numbers, offset, vector, limit))
          : cosineDistance(
              dotProduct(this.#numbers, offset, vector),
              this.#squares[place] ?? 0,
              own,
            )
      if (away <= distance) count++
    }
    return count
  }

  #searchByDistance(vector: Float32Array, nearest: Nearest): void {
    const numbers = this.#numbers
    const dimension = this.#dimension
    let limit = Number.POSITIVE_INFINITY
    let offset = 0
    for (const id of this.#ids) {
      const squared = squaredDistance(numbers, offset, vector, limit)
      offset += dimension
      if (squared > limit) continue
      nearest.offer(id, Math.sqrt(squared))
      // A little more than the square of the reach: roots of different squares can be equal, and
      // what is equally far is told apart by id.
      limit = nearest.reach * nearest.reach * (1 + 1e-15)
    }
  }

  #searchByAngle(vector: Float32Array, nearest: Nearest): void {
    const own = dotProduct(vector, 0, vector)
    let offset = 0
    for (const [place, id] of this.#ids.entries()) {
      const dot = dotProduct(this.#numbers, offset, vector)
      offset += this.#dimension
      const away = cosineDistance(dot, this.#squares[place] ?? 0, own)
      if (away <= nearest.reach) nearest.offer(id, away)
    }
  }

  #bounds(place: number): [number, number] {
    return [place * this.#dimension, (place + 1) * this.#dimension]
  }

  #makeRoom(): void {
    const needed = this.#ids.length * this.#dimension
    if (needed <= this.#numbers.length) return
    const numbers = new Float32Array(needed * 2)
    numbers.set(this.#numbers)
    this.#numbers = numbers
    if (this.#metric === "cosine") {
      const squares = new Float64Array(this.#ids.length * 2)
      squares.set(this.#squares)
      this.#squares = squares
    }
  }
}
