/** What is kept of one layer's feature map of one image: all that signatures and pooled features need, and no voxels. */

/** For the matrix F with one row a voxel and one column a channel. */
export interface LayerStatistics {
  /** Columns of F. */
  readonly channels: number;
  /** Rows of F. */
  readonly rows: number;
  /** Gram matrix F^T F, `channels` x `channels`, symmetric, double precision. */
  readonly gram: Float64Array;
  /** Sum of each column; divided by `rows`, the mean features of the image. */
  readonly columnSums: Float64Array;
}
