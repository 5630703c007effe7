package jingwei.model.decoder;

import jingwei.model.layer.ParameterLayout;

/**
 * Something that owns weights: a dense stage or an expert.
 *
 * @param name full name, the prefix of its parameters in checkpoints: {@code embedding}, {@code
 *     blocks.3}, {@code blocks.3.experts.17}, {@code output}
 * @param isExpert whether it is an expert, which is updated only if it was activated
 */
public record Owner(String name, ParameterLayout layout, boolean isExpert) {}
