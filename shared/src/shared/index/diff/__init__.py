"""Differences between two package trees: which files were added, removed, changed or moved, and whose metadata changed.

The algorithm, from the bottom up:

1. `ranges`: a directory is pages of names in order, and pages end where names say so (`trees.nodes`). Pages of equal
   identity hold equal items and are dropped; the rest is cut at the names at which pages of both sides end together.
   Hence the cost follows the number of changes, not the size of the packages. This is how git compares trees (an equal
   object id is an equal subtree) and Dolt compares prolly trees
   (https://www.dolthub.com/blog/2020-06-16-efficient-diff-on-prolly-trees/).
2. `merge`: one step down. Ranges of index pages become narrower ranges; ranges of leaf pages become changes and, for
   directories, new ranges.
3. `walk`: runs the steps over a stack of ranges, so that changes come out in walk order in bounded memory. It fetches the
   pages of many ranges together, and the next pages during a step.
4. `moves`: pairs what was removed with what was added by identity (directories) and by content (files), as git does for
   exact renames (`diffcore-rename`, https://git-scm.com/docs/gitdiffcore).
5. `compare`: the whole difference: totals, moves and, if they are few, the changes; and pages of it.
6. `cache`: comparisons that are running, and recent ones.

`types` has the values that all of them exchange.
"""
