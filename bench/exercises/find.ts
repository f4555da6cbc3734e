import type { ExerciseName } from '../task.js'
import { burst } from './burst.js'
import { echo } from './echo.js'
import type { MakeExercise } from './exercise.js'
import { slices } from './slices.js'
import { steady } from './steady.js'
import { watch } from './watch.js'

const EXERCISES: { readonly [Name in ExerciseName]: MakeExercise } = {
  // The page reports by itself.
  first: () => ({ begin() {}, receive() {} }),
  burst,
  slices,
  steady,
  echo,
  watch,
}

export function findExercise(name: string | null): MakeExercise {
  const found = Object.entries(EXERCISES).find(([key]) => key === name)
  if (!found) throw new Error(`There is no exercise called ${name}.`)
  return found[1]
}
