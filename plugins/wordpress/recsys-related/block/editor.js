/* The block in the editor: its controls, and a preview made by the server. */
( function ( wp ) {
	'use strict';

	const { createElement: el, Fragment } = wp.element;
	const { __ } = wp.i18n;
	const { InspectorControls, useBlockProps } = wp.blockEditor;
	const { Disabled, PanelBody, RangeControl, SelectControl, TextControl, ToggleControl } = wp.components;
	const Preview = wp.serverSideRender;

	function controls( attributes, set ) {
		const asLearnt = attributes.dial === '';
		return el(
			PanelBody,
			{ title: __( 'List', 'recsys-related' ) },
			el( TextControl, {
				label: __( 'Heading', 'recsys-related' ),
				help: __( 'Leave empty to use the setting.', 'recsys-related' ),
				value: attributes.heading,
				onChange: ( heading ) => set( { heading } ),
			} ),
			el( RangeControl, {
				label: __( 'Headlines', 'recsys-related' ),
				help: __( '0 uses the setting.', 'recsys-related' ),
				value: attributes.k,
				min: 0,
				max: 20,
				onChange: ( k ) => set( { k: k || 0 } ),
			} ),
			el( ToggleControl, {
				label: __( 'Use the related/popular setting', 'recsys-related' ),
				checked: asLearnt,
				onChange: ( isSet ) => set( { dial: isSet ? '' : '0.5' } ),
			} ),
			! asLearnt &&
				el( RangeControl, {
					label: __( 'From related (0) to popular (1)', 'recsys-related' ),
					value: Number( attributes.dial ),
					min: 0,
					max: 1,
					step: 0.05,
					onChange: ( dial ) => set( { dial: String( dial ) } ),
				} ),
			el( SelectControl, {
				label: __( 'Style', 'recsys-related' ),
				value: attributes.look,
				options: [
					{ value: '', label: __( 'Use the setting', 'recsys-related' ) },
					{ value: 'list', label: __( 'List', 'recsys-related' ) },
					{ value: 'cards', label: __( 'Cards', 'recsys-related' ) },
					{ value: 'plain', label: __( 'Theme style', 'recsys-related' ) },
				],
				onChange: ( look ) => set( { look } ),
			} )
		);
	}

	wp.blocks.registerBlockType( 'recsys/related', {
		edit( { attributes, setAttributes } ) {
			return el(
				Fragment,
				null,
				el( InspectorControls, null, controls( attributes, setAttributes ) ),
				el( 'div', useBlockProps(), el( Disabled, null, el( Preview, { block: 'recsys/related', attributes } ) ) )
			);
		},
		save: () => null,
	} );
} )( window.wp );
