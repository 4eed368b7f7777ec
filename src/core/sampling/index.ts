export { createSampling, type Sampling, type SamplingDeps } from './create-sampling.ts'
